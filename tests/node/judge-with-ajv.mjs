// Judge documents by a JSON Schema with ajv in strict mode.
//
// node judge-with-ajv.mjs SCHEMA < documents.json   (a JSON array of documents)
// prints a JSON array of true and false, in the same order. A schema that ajv does not
// load ends in an error. The words that begin with "x-" are declared as annotations,
// as docs/profile.md tells every user of ajv to do.
import { readFileSync } from "node:fs";
import Ajv from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const schema = JSON.parse(readFileSync(process.argv[2], "utf8"));
const annotations = new Set();
const collect = (node) => {
  if (node === null || typeof node !== "object") return;
  for (const [name, value] of Object.entries(node)) {
    if (name.startsWith("x-")) annotations.add(name);
    collect(value);
  }
};
collect(schema);

const ajv = new Ajv({
  strict: true,
  strictTypes: true,
  strictTuples: true,
  strictRequired: true,
  allErrors: true,
});
addFormats(ajv);
ajv.addVocabulary([...annotations]);
const judge = ajv.compile(schema);
const documents = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(documents.map((document) => judge(document))));
