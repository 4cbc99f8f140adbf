"""Measure how easy a text is to read, and find what makes it hard.

In:   the content of a library, or a composed Handout, and the word lists of the
      language (``banned_words.toml``, ``easy_words.toml``).
Out:  one Problem for each finding; its code is the row ("L04") that it breaks
      (docs/evidence.md, section 7.8).
Pure: no files but the word lists, no clock; the rules of English stand here.

What is measured (L01 to L06): paragraphs, list items, steps, boxes, and table cells
that are sentences. What is not: headings and labels, the answers that are read back
to the person, the list of sources and the clinic's own words. Those are still
searched for words and leaks.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Final, Literal

from backguide.document import (
    Block,
    Callout,
    ExerciseCard,
    Handout,
    HandoutSection,
    Heading,
    Illustration,
    ItemList,
    KeyValues,
    Paragraph,
    Spans,
    Table,
    Verdict,
    WriteLines,
    texts_of,
)
from backguide.errors import Problem
from backguide.guidance.amounts import is_amount
from backguide.guidance.condition import Condition
from backguide.guidance.content_file import ContentFile, TableReader
from backguide.guidance.exercises import Exercise
from backguide.guidance.fitting import word_pattern
from backguide.guidance.library import Library, Source
from backguide.guidance.markup import Insert, TemplateBlock, parse, placeholders
from backguide.guidance.section import SectionTemplate
from backguide.profile.facts import known_facts

# --- limits: one for each row of docs/evidence.md, section 7.8 that has a number ------

MAX_GRADE: Final = 5.5
"""L01. Flesch-Kincaid school grade of a whole handout."""
MIN_EASE: Final = 80.0
MIN_EASE_ONE_PAGE: Final = 70.0
"""L01. Flesch reading ease of a whole handout (docs/evidence.md, section 7.6).

The second number of each pair is for the one page that sends somebody for help: it
has so few words that it is held to the line at which the same table fails a text.
"""
MAX_SMOG: Final = 7.0
MAX_SMOG_ONE_PAGE: Final = 8.0
"""L01. SMOG grade of a handout of 30 sentences (docs/evidence.md, section 7.6)."""
MAX_SECTION_GRADE: Final = 6.5
"""L02. Flesch-Kincaid school grade of one section."""
MAX_MEAN_WORDS: Final = 12.0
"""L03. Words in a sentence on average; a list item is a sentence."""
MAX_SENTENCE_WORDS: Final = 20
"""L04. Words in the longest sentence."""
MAX_QUESTION_WORDS: Final = 25
"""L04. The same for a safety question, which must be repeated word for word."""
MAX_LONG_WORD_SHARE: Final = 0.08
MAX_LONG_WORD_SHARE_ONE_PAGE: Final = 0.12
"""L05. Words of 3 or more syllables; an unavoidable one counts once."""
MAX_PASSIVE_SHARE: Final = 0.10
"""L06. Sentences in the passive voice."""
MAX_PARAGRAPH_WORDS: Final = 60
MAX_PARAGRAPH_SENTENCES: Final = 4
"""L07."""
MAX_ITEMS: Final = 7
MAX_ITEM_WORDS: Final = 15
"""L08."""
MAX_STEPS: Final = 5
MAX_STEP_WORDS: Final = 12
"""L09. The numbered steps of an exercise."""
MIN_YOU_SHARE: Final = 0.60
"""L10. Instructions that speak to "you", said or meant."""
MIN_VERB_SHARE: Final = 0.80
"""L11. Steps that start with a verb."""
MAIN_MESSAGE_WITHIN_WORDS: Final = 120
MAX_MAIN_MESSAGE_WORDS: Final = 40
"""L14."""
ACTIONS: Final = 3
"""L16."""
MAX_REVIEW_DAYS: Final = 366
"""L30. A guide is looked at again within a year."""
MAX_WARNING_SIGNS: Final = 7
"""L31."""
MIN_OPTIONS: Final = 2
"""L38. Different ways to be active."""
MAX_DISCLAIMER_WORDS: Final = 60
"""L40."""
MAX_CAPITALS: Final = 3
"""L18. Words in capitals in a row."""

OWN_ANSWERS: Final = frozenset(
    {
        "eases-and-worsens",
        "emergency-now",
        "safety-questions",
        "see-clinician-soon",
        "urgent-same-day",
        "your-snapshot",
    }
)
"""Sections whose lists are made of the person's answers, and as long as those."""

OWN_WORDS: Final = frozenset({"attached-note"})
"""Sections that the clinic wrote for one person: not ours to judge."""

CONTRADICTIONS: Final = (
    ("run-walk-plan", "run-hold-plan"),
    ("run-walk-plan", "bone-stress-alert"),
    ("run-hold-plan", "bone-stress-alert"),
    ("goal-race-plan", "bone-stress-alert"),
    ("mileage-progression", "bone-stress-alert"),
    ("run-walk-plan", "until-you-are-seen"),
    ("run-hold-plan", "until-you-are-seen"),
    ("goal-race-plan", "until-you-are-seen"),
    ("goal-race-plan", "reds-alert"),
    ("cause-weight", "reds-alert"),
)
"""L33. Sections that must never be printed together."""

BARRED_GROUPS: Final = frozenset(
    {"exercises", "plan", "techniques", "risks-benefits", "faq", "alternatives"}
)
"""L32. Nothing of these on a page that sends somebody for help."""

HELD_BACK: Final = ("EMERGENCY", "URGENT", "UNANSWERED")
"""Levels whose handout is one page that sends somebody for help."""


# --- syllables and sentences ---------------------------------------------------------

_WORD: Final = re.compile(
    r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*(?:-\w+)*|\d[\d.,:]*\d%?|\d%?"
)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?])[\"'\u201d\u2019)]*\s+")

_SYLLABLES: Final[Mapping[str, int]] = MappingProxyType(
    {
        "area": 3, "business": 2, "caesarean": 4, "client": 2, "create": 2,
        "creates": 2, "diet": 2, "doesn't": 2, "evening": 2, "every": 2,
        "everyone": 3, "everything": 3, "everywhere": 3, "fluid": 2, "guideline": 2,
        "homework": 2, "household": 2, "idea": 3, "isn't": 2, "lifeguard": 2,
        "lifestyle": 2, "lifetime": 2, "lion": 2, "metre": 2, "people": 2, "poem": 2,
        "quiet": 2, "quieter": 3, "quietest": 3, "quietly": 3, "react": 2,
        "reaction": 3, "reality": 4, "rhythm": 2, "ruin": 2, "safety": 2,
        "science": 2, "scientific": 4, "scientist": 3, "sidewalk": 2,
        "sideways": 2, "society": 4, "soldier": 2, "somebody": 3, "someone": 2,
        "something": 2, "sometime": 2,
        "sometimes": 2, "somewhat": 2, "somewhere": 2, "surgeon": 2, "therefore": 2,
        "uveitis": 4, "variety": 4, "wasn't": 2,
    }
)  # fmt: skip
"""Words that the rules below get wrong."""

_SILENT_E: Final = re.compile(
    r"[^aeiouy]e$(?<![^aeiouylr]le)(?<![bt]re)"  # walk-e, not musc-le, not me-tre
    r"|[^aeiouysxzcg]es$(?<!ches)(?<!shes)(?<![^aeiouylr]les)(?<![bt]res)"
    r"|[^aeiouytd]ed$(?<![bcdfgkpstz]led)"
    r"|[^aeiouy]e(?:ly|less|ful|fully|ments?|ness)$"
)
_TWO_VOWELS: Final = re.compile(
    r"(?<![cstgx])io|[cstgx]io(?![nu])|(?<![ct])ia|[ct]ia(?![lnr])|iu|[^gq]ua"
    r"|[aeouy]ing|eo|[iy]er$|iest$|ism$"
)
_ONE_VOWEL: Final = re.compile(r"llion|shion")


@cache
def syllables(word: str) -> int:
    """Return the syllables of an English word, by rule; a number counts as one.

    A word with a hyphen has those of its parts.
    """
    parts = [part for part in re.split(r"[-/]", word.lower()) if part]
    return sum(_part_syllables(part.removesuffix("'s")) for part in parts) or 1


def _part_syllables(part: str) -> int:
    for form in (part, part.removesuffix("s")):
        if form in _SYLLABLES:
            return _SYLLABLES[form]
    letters = re.sub(r"[^a-zà-ÿ]", "", part)
    groups = len(re.findall(r"[aeiouyà-ÿ]+", letters))
    found = groups + len(_TWO_VOWELS.findall(letters))
    found -= len(_ONE_VOWEL.findall(letters)) + bool(_SILENT_E.search(letters))
    return max(found, 1)


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text."""
    return _WORD.findall(text)


def sentences_of(text: str) -> list[str]:
    """Return the sentences of a text; a text without a full stop is one sentence."""
    return [s for s in _SENTENCE_END.split(text.strip()) if _WORD.search(s)]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, and its words and numbers."""

    text: str
    words: tuple[str, ...]


def _sentences(text: str) -> tuple[Sentence, ...]:
    return tuple(Sentence(s, tuple(words_of(s))) for s in sentences_of(text))


@dataclass(frozen=True, slots=True)
class Measures:
    """What was counted in some texts, and the scores that follow from it."""

    words: int
    sentences: int
    syllables: int
    long_words: int
    """Words of 3 or more syllables."""
    counted_long_words: int
    """The same, with each unavoidable word counted once."""
    longest_sentence: int

    @property
    def mean_words(self) -> float:
        """Return the words in a sentence, on average."""
        return self.words / max(self.sentences, 1)

    @property
    def grade(self) -> float:
        """Return the Flesch-Kincaid school grade."""
        per_word = self.syllables / max(self.words, 1)
        return 0.39 * self.mean_words + 11.8 * per_word - 15.59

    @property
    def ease(self) -> float:
        """Return the Flesch reading ease; 100 is very easy."""
        per_word = self.syllables / max(self.words, 1)
        return 206.835 - 1.015 * self.mean_words - 84.6 * per_word

    @property
    def smog(self) -> float:
        """Return the SMOG grade; it means little below 30 sentences."""
        per_30 = self.long_words * 30 / max(self.sentences, 1)
        return 1.043 * float(per_30**0.5) + 3.1291

    @property
    def long_word_share(self) -> float:
        """Return the share of long words, unavoidable ones counted once."""
        return self.counted_long_words / max(self.words, 1)


def measure(texts: Iterable[str], allowed: frozenset[str] = frozenset()) -> Measures:
    """Count words, sentences and syllables.

    Args:
        texts: Paragraphs, list items, cells ...; a sentence never spans two of them.
        allowed: Long words that nobody can avoid; each counts once as a long word.
    """
    return _count([s for text in texts for s in _sentences(text)], allowed)


def _count(sentences: list[Sentence], allowed: frozenset[str]) -> Measures:
    words = [word for sentence in sentences for word in sentence.words]
    long_words = [_base(word, allowed) for word in words if is_long(word)]
    unavoidable = [word for word in long_words if word in allowed]
    return Measures(
        words=len(words),
        sentences=len(sentences),
        syllables=sum(map(syllables, words)),
        long_words=len(long_words),
        counted_long_words=len(long_words) - len(unavoidable) + len(set(unavoidable)),
        longest_sentence=max((len(s.words) for s in sentences), default=0),
    )


@cache
def is_long(word: str) -> bool:
    """Tell whether a word, or a part of a word with hyphens, has 3 syllables."""
    return any(syllables(part) >= 3 for part in word.split("-") if part)


def _base(word: str, known: frozenset[str]) -> str:
    """Return the form of a word that is in the list, or the word."""
    word = word.lower().replace("\u2019", "'").removesuffix("'s")
    forms = (word, word.removesuffix("s"), word.removesuffix("es"))
    return next((form for form in forms if form in known), word)


# --- voice, person, verbs ------------------------------------------------------------

_PARTICIPLES: Final = (
    r"\w{2,}ed|been|bent|bitten|born|bought|broken|brought|built|caught|chosen|cut|done"
    r"|drawn|driven|eaten|fed|felt|forgotten|found|given|grown|held|hidden|hit|kept|laid"
    r"|led|lost|made|meant|met|paid|put|read|said|seen|sent|set|shown|sold|taken|taught"
    r"|thought|thrown|told|torn|won|written"
)
_STATES: Final = (
    "aged|ashamed|bored|interested|needed|pleased|relaxed|scared|tired|used|worried"
)
"""Looks like a passive, but tells a state."""
_PASSIVE: Final = re.compile(
    rf"\b(?:am|is|are|was|were|be|been|being)\b(?: (?:not|also|still|often|\w+ly))*"
    rf" (?!(?:{_STATES})\b)(?:{_PARTICIPLES})\b",
    re.IGNORECASE,
)
_OPENERS: Final = re.compile(
    r"\A(?:(?:please|then|now|or|and|so|but|next|first|also|yet|instead|later|today"
    r"|at first|last of all|in time|for now|to start|each week|amber|red|green"
    r"|on a \w+ day|(?:week|stage) \d+"
    r"|(?:if|when|once|as|for|after|until|with) [^,.]+,)"
    r"[,:]?\s+)+",
    re.IGNORECASE,
)
_YOU: Final = re.compile(
    r"\b(?:you|your|yours|yourself|you're|you've)\b", re.IGNORECASE
)
_DUTY: Final = re.compile(
    r"\b(?:should|must|need to|needs to|have to|has to|ought to)\b", re.IGNORECASE
)
_WHEN: Final = re.compile(
    r"\b(?:today|now|tonight|days?|weeks?|times?|minutes?|morning|evening|before|after"
    r"|until|each|every|once|soon)\b",
    re.IGNORECASE,
)


def is_passive(sentence: str) -> bool:
    """Tell whether a sentence seems to be in the passive voice."""
    return _PASSIVE.search(sentence) is not None


def starts_with_verb(sentence: str, verbs: frozenset[str]) -> bool:
    """Tell whether a sentence tells to do something, openers such as "Then" aside."""
    rest = _OPENERS.sub("", sentence.strip("“\"'(* "), count=1)
    found = words_of(rest)
    if not found:
        return False
    first = found[0].lower().replace("\u2019", "'")
    return first in verbs or first in ("do", "don't", "never")


# --- the word lists ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Banned:
    """A word that is not printed, and what to say in its place."""

    word: str
    """As its author wrote it; a star stands for any ending."""
    row: str
    """The row that it breaks, such as "L12"."""
    say: str
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class Medical:
    """A medical name: allowed once in a section, in brackets after its plain words."""

    word: str
    after: tuple[str, ...]
    pattern: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class WordLists:
    """Which words are easy, known, explained or never printed."""

    banned: tuple[Banned, ...]
    banned_by_start: Mapping[str, tuple[Banned, ...]]
    """The same by their first letters, to look only at those that can be there."""
    medical: tuple[Medical, ...]
    unavoidable: frozenset[str]
    """Long words that count once."""
    known: frozenset[str]
    """Long words that somebody has looked at and found plain enough."""
    capitals: frozenset[str]
    """Words in capitals that may be printed, such as "NICE"."""
    explained: Mapping[str, tuple[str, ...]]
    """Hard word to the phrases that explain it; one must stand in its sentence."""
    verbs: frozenset[str]
    """Verbs that a step may start with."""

    def banned_near(self, passage: "Passage") -> Iterator[Banned]:
        """Yield the banned words that begin like a word of a text."""
        starts = {
            part[:_START].lower()
            for sentence in passage.sentences
            for word in sentence.words
            for part in word.split("-")
        }
        for start in sorted(starts & self.banned_by_start.keys()):
            yield from self.banned_by_start[start]


_START: Final = 3
BANNED_FILE: Final = "banned_words.toml"
EASY_FILE: Final = "easy_words.toml"
_ROW_NAMES: Final = ("L10", "L12", "L28", "L36", "L39")


def load_words(
    root: Traversable, language: str = "en"
) -> tuple[WordLists, tuple[Problem, ...]]:
    """Return the word lists of a language and the slips in them.

    Args:
        root: A folder laid out like ``templates/``.
        language: Which of its languages.
    """
    banned_file = ContentFile(root, f"{language}/{BANNED_FILE}")
    easy_file = ContentFile(root, f"{language}/{EASY_FILE}")
    read = TableReader(banned_file, banned_file.table)
    banned: list[Banned] = []
    for table in read.tables("banned"):
        inner = TableReader(banned_file, table, f'say = "{table.get("say", "?")}"')
        row = inner.choice("row", _ROW_NAMES, "L12")
        say = inner.text("say")
        for word in inner.texts("words"):
            if not word.strip("* "):
                banned_file.add(f'say = "{say}"', "a banned word without a letter")
                continue
            banned.append(Banned(word, row, say, word_pattern(word)))
        inner.finish()
    medical = []
    for table in read.tables("medical"):
        inner = TableReader(banned_file, table, f'word = "{table.get("word", "?")}"')
        word = inner.text("word")
        after = inner.texts("after")
        inner.finish()
        if after:
            medical.append(Medical(word, after, word_pattern(word)))
        else:
            banned_file.add(f'word = "{word}"', '"after" needs at least one text')
    read.finish()
    easy = TableReader(easy_file, easy_file.table)
    by_start: dict[str, tuple[Banned, ...]] = {}
    for item in banned:
        start = re.split(r"\W", item.word)[0][:_START].lower()
        by_start[start] = (*by_start.get(start, ()), item)
    table = easy.table("explained", {})
    explained = TableReader(easy_file, table, "[explained]")
    ways = {name: explained.texts(name) for name in table}
    for name in (name for name, found in ways.items() if not found):
        easy_file.add(f"{name} =", f'"{name}" needs at least one text')
    lists = WordLists(
        banned=tuple(banned),
        banned_by_start=MappingProxyType(by_start),
        medical=tuple(medical),
        unavoidable=frozenset(easy.texts("unavoidable", [])),
        known=frozenset(easy.texts("known", [])),
        capitals=frozenset(easy.texts("capitals", [])),
        explained=MappingProxyType({n: found for n, found in ways.items() if found}),
        verbs=frozenset(easy.texts("verbs", [])),
    )
    easy.finish()
    return lists, (*banned_file.problems, *easy_file.problems)


# --- passages: what the rows look at -------------------------------------------------

Kind = Literal[
    "paragraph", "item", "step", "question", "cell",
    "head", "label", "reason", "own", "citation",
]  # fmt: skip
"""``head`` and ``label`` are no sentences; ``own`` is made of the person's answers."""

_MEASURED: Final = ("paragraph", "item", "step", "question", "cell")
_JUDGED: Final = (*_MEASURED, "head", "label", "reason")
"""Everything but the person's own answers and the clinic's own words."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A text that is printed, and where it stands."""

    where: str
    section: str
    kind: Kind
    text: str
    block: int
    """Passages of one list or paragraph share a number within their section."""
    sentences: tuple[Sentence, ...]

    @property
    def words(self) -> int:
        """Return the number of words."""
        return sum(len(sentence.words) for sentence in self.sentences)


@dataclass(frozen=True)
class Reading:
    """The passages of a section or a handout, with the words to judge them by."""

    passages: tuple[Passage, ...]
    words: WordLists
    is_quotable: bool
    """False for a handout: it may hold a name, and findings never repeat one."""
    typed: tuple[str, ...] = ()
    """What the person and the clinic have typed themselves."""

    def of(self, *kinds: str) -> Iterator[Passage]:
        """Yield the passages of some kinds."""
        return (p for p in self.passages if p.kind in kinds)

    def sentences(self) -> Iterator[tuple[Passage, Sentence]]:
        """Yield the sentences that are measured."""
        for passage in self.of(*_MEASURED):
            for sentence in passage.sentences:
                yield passage, sentence

    @cached_property
    def measures(self) -> Measures:
        """Return the counts over everything that is measured."""
        sentences = [sentence for _, sentence in self.sentences()]
        return _count(sentences, self.words.unavoidable)

    def quoted(self, text: str) -> str:
        """Return the start of a text for a message, where that is allowed."""
        if not self.is_quotable:
            return ""
        start = " ".join(text.split()[:6])
        return f': "{start} ..."' if start != text else f': "{start}"'


def _problem(row: str, where: str, message: str, hint: str = "") -> Problem:
    return Problem(where, f"{row}: {message}", hint, row)


def _say(number: float) -> str:
    return f"{number:.1f}"


def _share(number: float) -> str:
    return f"{100 * number:.0f} in 100"


# --- rows on any text ----------------------------------------------------------------

Rows = Iterator[Problem]


def l04_longest_sentence(reading: Reading) -> Rows:
    """L04: no sentence is too long."""
    for passage, sentence in reading.sentences():
        count = len(sentence.words)
        is_question = passage.kind == "question"
        most = MAX_QUESTION_WORDS if is_question else MAX_SENTENCE_WORDS
        if count > most:
            message = f"a sentence of {count} words; at most {most}"
            yield _problem(
                "L04", passage.where, message + reading.quoted(sentence.text)
            )


def l07_paragraphs(reading: Reading) -> Rows:
    """L07: paragraphs are short."""
    for passage in reading.of("paragraph"):
        words, sentences = passage.words, len(passage.sentences)
        if words > MAX_PARAGRAPH_WORDS or sentences > MAX_PARAGRAPH_SENTENCES:
            message = (
                f"a paragraph of {words} words in {sentences} sentences; at most "
                f"{MAX_PARAGRAPH_WORDS} in {MAX_PARAGRAPH_SENTENCES}"
            )
            yield _problem("L07", passage.where, message + reading.quoted(passage.text))


def l08_lists(reading: Reading) -> Rows:
    """L08: lists are short, and so are their items."""
    counts: dict[tuple[str, int], list[Passage]] = {}
    for passage in reading.of("item", "step"):
        counts.setdefault((passage.section, passage.block), []).append(passage)
        words = passage.words
        if words > MAX_ITEM_WORDS:
            message = f"a list item of {words} words; at most {MAX_ITEM_WORDS}"
            yield _problem("L08", passage.where, message + reading.quoted(passage.text))
    for items in counts.values():
        if len(items) > MAX_ITEMS:
            message = f"a list of {len(items)} items; at most {MAX_ITEMS}"
            yield _problem("L08", items[0].where, message, "split it in two")


def l11_steps_start_with_verbs(reading: Reading) -> Rows:
    """L11: a step tells what to do, so its first word is a verb."""
    steps = list(reading.of("step"))
    verbs = reading.words.verbs
    odd = [p for p in steps if not starts_with_verb(p.text, verbs)]
    if steps and 1 - len(odd) / len(steps) < MIN_VERB_SHARE:
        message = f"{len(odd)} of {len(steps)} steps do not start with a verb"
        hint = f"if it is a verb, add it to {EASY_FILE}"
        text = message + reading.quoted(odd[0].text)
        yield _problem("L11", odd[0].where, text, hint)


def l12_banned_words(reading: Reading) -> Rows:
    """L12, and the word lists of L10, L28, L36 and L39: what is never printed."""
    for passage in reading.of(*_JUDGED):
        for banned in reading.words.banned_near(passage):
            for match in banned.pattern.finditer(passage.text):
                if banned.row == "L36" and _is_negated(passage.text, match.start()):
                    continue
                message = f'"{banned.word}" is not printed'
                hint = f"say: {banned.say}"
                yield _problem(banned.row, passage.where, message, hint)
    yield from _medical_names(reading)


_NEGATED: Final = re.compile(
    r"\b(?:not|no|never|nothing|nobody|cannot|if|whether|without)\b[^.!?]*$",
    re.IGNORECASE,
)


def _is_negated(text: str, end: int) -> bool:
    return _NEGATED.search(text[:end]) is not None


def _medical_names(reading: Reading) -> Rows:
    used: set[tuple[str, str]] = set()
    for passage in reading.of(*_JUDGED):
        lower = passage.text.lower()
        for name in reading.words.medical:
            if name.word not in lower:
                continue
            for match in name.pattern.finditer(passage.text):
                before = passage.text[: match.start()].lower()
                after = any(
                    re.search(rf"{re.escape(way)} \((?:\w+ )?\Z", before)
                    for way in name.after
                )
                use = (passage.section, name.word)
                if not after:
                    hint = f'say "{name.after[0]}", then ({name.word}) once'
                    message = f'"{name.word}" without its plain words before it'
                    yield _problem("L12", passage.where, message, hint)
                elif use in used:
                    message = f'"{name.word}" a second time'
                    hint = f"say: {name.after[0]}"
                    yield _problem("L12", passage.where, message, hint)
                used.add(use)


def l13_hard_words(reading: Reading) -> Rows:
    """L13: hard words are explained in the sentence of their first use."""
    seen: set[tuple[str, str]] = set()
    for passage, sentence in reading.sentences():
        lower = sentence.text.lower()
        for word, ways in reading.words.explained.items():
            use = (passage.section, word)
            if (
                word not in lower
                or use in seen
                or not re.search(rf"\b{word}(?:s|es)?\b", lower)
            ):
                continue
            seen.add(use)
            if not any(way in lower for way in ways):
                message = f'"{word}" is not explained in the sentence of its first use'
                text = message + reading.quoted(sentence.text)
                yield _problem("L13", passage.where, text, f"say: {ways[0]}")


def l13_capitals(reading: Reading) -> Rows:
    """L13: no short form in capitals that nobody explains."""
    allowed = reading.words.capitals
    for passage in reading.of(*_JUDGED):
        for match in re.finditer(r"\b[A-Z][A-Za-z]*[A-Z]\w*\b", passage.text):
            if match[0] not in allowed:
                shown = f' "{match[0]}"' if reading.is_quotable else ""
                message = f"a short form{shown} that nobody explains"
                hint = f"write it out, or add it to capitals in {EASY_FILE}"
                yield _problem("L13", passage.where, message, hint)


def l13_long_words(reading: Reading) -> Rows:
    """L13: a word of 3 or more syllables has been looked at by somebody.

    Only for content: a handout also holds names.
    """
    if not reading.is_quotable:
        return
    words = reading.words
    names = (*words.explained, *(name.word for name in words.medical))
    in_names = frozenset(part for name in names for part in name.split())
    fine = words.known | words.unavoidable | in_names
    seen: set[str] = set()
    for passage in reading.of(*_MEASURED, "head", "reason"):
        parts = [p for s in passage.sentences for w in s.words for p in w.split("-")]
        for part in filter(is_long, parts):
            base = _base(part, fine)
            if base not in fine and base not in seen:
                seen.add(base)
                message = f'"{base}" is a long word that nobody has looked at'
                hint = f"find a shorter one, or add it to known in {EASY_FILE}"
                yield _problem("L13", passage.where, message, hint)


def l18_capitals(reading: Reading) -> Rows:
    """L18: no shouting."""
    shout = rf"(?:\b[A-Z]{{2,}}\b\W+){{{MAX_CAPITALS}}}\b[A-Z]{{2,}}\b"
    for passage in reading.of(*_JUDGED):
        if re.search(shout, passage.text):
            message = f"more than {MAX_CAPITALS} words in capitals in a row"
            yield _problem("L18", passage.where, message, "use **strong** words")


_NUMBER_WORDS: Final = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty"
    r"|forty|fifty|sixty|hundred|thousand|dozen)\b",
    re.IGNORECASE,
)
_DECIMAL: Final = re.compile(
    r"\b\d+\.\d+\b(?! ?(?:km|kilometres?|miles?|mi|hours?|°)\b)(?!\.)(?! °)"
)


def l27_numbers(reading: Reading) -> Rows:
    """L27: numbers are digits, and whole ones but for distances."""
    for passage in reading.of(*_JUDGED):
        if match := _NUMBER_WORDS.search(passage.text):
            message = f'"{match[0]}" as a word; write the digits'
            yield _problem("L27", passage.where, message)
        if match := _DECIMAL.search(passage.text):
            message = f"{match[0]} has a decimal; only distances may"
            yield _problem("L27", passage.where, message, "round it")


_DENOMINATOR: Final = re.compile(
    r"\b\d+(?: (?:or|to) \d+)? (?:in|out of) (?:every )?(\d{1,5})\b(?! ?minutes)"
)
SHARE_OF: Final = "100"
"""L27. The one denominator for shares of people; pain is always out of 10."""


def l27_one_denominator(reading: Reading) -> Rows:
    """L27: shares of people all speak of the same 100."""
    for passage in reading.of(*_JUDGED):
        for match in _DENOMINATOR.finditer(passage.text):
            is_year = re.fullmatch(r"(?:19|20)\d\d", match[1])
            is_pain = " out of 10" in match[0] and match[1] == "10"
            if match[1] != SHARE_OF and not is_year and not is_pain:
                message = f'"in {match[1]}"; shares are all told in {SHARE_OF}'
                yield _problem("L27", passage.where, message)


_PER_CENT_OF_YOURS: Final = re.compile(
    r"\d+(?:%| per ?cent) (?:\w+ ){0,3}(?:than|of) your", re.IGNORECASE
)
_WORKED_OUT: Final = re.compile(
    r"\d+(?:\.\d+)? ?(?:km|miles?|minutes?|min)\b|\bstop at \d+", re.IGNORECASE
)


def l28_no_sums(reading: Reading) -> Rows:
    """L28: a share of a number comes with its answer, worked out beside it."""
    passages = list(reading.of(*_MEASURED))
    for n, passage in enumerate(passages):
        if not _PER_CENT_OF_YOURS.search(passage.text):
            continue
        near = passages[max(n - 3, 0) : n + 2]
        same = [p.text for p in near if p.section == passage.section]
        if not any(_WORKED_OUT.search(text) for text in same):
            message = "a sum is left to the reader"
            yield _problem("L28", passage.where, message, "print the answer beside it")


_BED_REST: Final = re.compile(
    r"\b(?:bed rest|rest in bed|stay in bed|lie in bed)\b", re.IGNORECASE
)


def l33_no_bed_rest(reading: Reading) -> Rows:
    """L33: nobody is sent to bed."""
    for passage, sentence in reading.sentences():
        match = _BED_REST.search(sentence.text)
        if match and not _is_negated(sentence.text, match.start()):
            yield _problem("L33", passage.where, "bed rest is never advised")


_LEAK: Final = re.compile(
    r"\b(?:None|null|NaN|nan|undefined|True|False|TODO)\b|\{[\w. -]*\}"
    r"|\(\s*\)|\[\s*\]|<\s*>|\s{2,}| [.,;:!?](?:\s|$)|\.\.(?!\.)|, ,|\bset\(|\bdict\("
)


_NEGATIVE: Final = re.compile(
    r"\b(?:not|no|never|nobody|none|nothing|cannot|without|unless)\b|n't\b",
    re.IGNORECASE,
)
_CLAUSE_END: Final = re.compile(r"[,;:]|\b(?:and|but|so)\b", re.IGNORECASE)
_ADDED_NEGATIVE: Final = re.compile(r"\b(?:nor|unless|without)\b", re.IGNORECASE)


def is_double_negative(sentence: str) -> bool:
    """Tell whether a reader has to undo one negative with another.

    Two in one clause, or a "nor", "unless" or "without" beside one anywhere.
    "Neither ... nor" is one negative.
    """
    negatives = len(_NEGATIVE.findall(sentence))
    has_neither = re.search(r"\bneither\b", sentence, re.IGNORECASE) is not None
    if _ADDED_NEGATIVE.search(sentence) and not has_neither:
        added = len(re.findall(r"\bnor\b", sentence, re.IGNORECASE))
        return negatives + added > 1
    clauses = _CLAUSE_END.split(sentence)
    return any(len(_NEGATIVE.findall(clause)) > 1 for clause in clauses)


def l48_double_negatives(reading: Reading) -> Rows:
    """L48: one negative in a clause."""
    for passage, sentence in reading.sentences():
        if is_double_negative(sentence.text):
            message = "a double negative" + reading.quoted(sentence.text)
            yield _problem("L48", passage.where, message, "say what is so")


_WEEKS: Final = re.compile(r"\b(\d+) weeks?\b")
MAX_WEEKS: Final = 52


def l49_long_spans(reading: Reading) -> Rows:
    """L49: a time of more than a year is told in years."""
    for passage in reading.of(*_JUDGED, "own"):
        for match in _WEEKS.finditer(passage.text):
            if int(match[1]) > MAX_WEEKS:
                yield _problem("L49", passage.where, f"{match[0]}; say it in years")


def l43_leaks(reading: Reading) -> Rows:
    """L43: no word of the program, no empty bracket, no lost placeholder."""
    for passage in reading.of(*_JUDGED, "own", "citation"):
        typed = reading.typed if passage.kind == "own" else ()
        for match in _LEAK.finditer(passage.text):
            if any(match[0] in text for text in typed):
                continue  # a person may write "{id}"; it prints as it stands
            shown = match[0].strip() or "a double blank"
            yield _problem("L43", passage.where, f'"{shown}" would be printed')
            break


TEXT_ROWS: Final[tuple[Callable[[Reading], Rows], ...]] = (
    l04_longest_sentence,
    l07_paragraphs,
    l08_lists,
    l11_steps_start_with_verbs,
    l12_banned_words,
    l13_hard_words,
    l13_capitals,
    l13_long_words,
    l18_capitals,
    l27_numbers,
    l27_one_denominator,
    l28_no_sums,
    l33_no_bed_rest,
    l43_leaks,
    l48_double_negatives,
    l49_long_spans,
)
"""Rows on any text: a section, an exercise, page one, a handout."""


# --- rows on a section of the content ------------------------------------------------


def l02_section_grade(reading: Reading) -> Rows:
    """L02: every section is easy by itself."""
    by_section: dict[str, list[Sentence]] = {}
    places: dict[str, str] = {}
    for passage, sentence in reading.sentences():
        by_section.setdefault(passage.section, []).append(sentence)
        places.setdefault(passage.section, passage.where)
    for section, sentences in by_section.items():
        found = _count(sentences, frozenset())
        if found.grade > MAX_SECTION_GRADE:
            message = f"grade {_say(found.grade)}; at most {MAX_SECTION_GRADE}"
            hint = "shorter words, shorter sentences"
            yield _problem("L02", places[section], message, hint)


def l03_mean_sentence(reading: Reading) -> Rows:
    """L03: sentences are short on average."""
    found = reading.measures
    if found.mean_words > MAX_MEAN_WORDS:
        message = f"{_say(found.mean_words)} words a sentence; at most {MAX_MEAN_WORDS}"
        yield _problem("L03", reading.passages[0].where, message)


def l10_second_person(reading: Reading) -> Rows:
    """L10: instructions speak to the reader."""
    verbs = reading.words.verbs
    told = [
        (passage, sentence)
        for passage, sentence in reading.sentences()
        if starts_with_verb(sentence.text, verbs) or _DUTY.search(sentence.text)
    ]
    others = [
        (passage, sentence)
        for passage, sentence in told
        if not (starts_with_verb(sentence.text, verbs) or _YOU.search(sentence.text))
    ]
    if told and 1 - len(others) / len(told) < MIN_YOU_SHARE:
        passage, sentence = others[0]
        message = (
            f"{len(others)} of {len(told)} instructions do not speak to the reader"
        )
        text = message + reading.quoted(sentence.text)
        yield _problem("L10", passage.where, text, "say you")


_STUDY_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")
_EVIDENCE: Final = re.compile(
    r"\b(?:stud(?:y|ies)|trials?|surveys?|reviews?|scans|linked|in 100)\b",
    re.IGNORECASE,
)


def l35_sources(
    section: SectionTemplate, reading: Reading, sources: Mapping[str, Source]
) -> Rows:
    """L35: what speaks of a study names a source, and of the same year."""
    citations = " ".join(
        sources[name].citation + sources[name].short
        for name in section.sources
        if name in sources
    )
    for passage, sentence in reading.sentences():
        if _EVIDENCE.search(sentence.text) and not section.sources:
            message = "speaks of evidence, but the section names no source"
            yield _problem(
                "L35", passage.where, message + reading.quoted(sentence.text)
            )
        for year in _STUDY_YEAR.findall(sentence.text):
            if _EVIDENCE.search(passage.text) and year not in citations:
                message = f"none of the section's sources is of {year}"
                yield _problem("L35", passage.where, message)
    facts = [
        (passage, sentence)
        for passage, sentence in reading.sentences()
        if _is_statement(sentence.text, reading.words.verbs)
    ]
    if facts and not section.sources and not section.claims:
        passage, sentence = facts[0]
        message = "states something, but the section has no source and no claim"
        yield _problem("L35", passage.where, message + reading.quoted(sentence.text))


def _is_statement(sentence: str, verbs: frozenset[str]) -> bool:
    is_said_to_you = _YOU.search(sentence) or starts_with_verb(sentence, verbs)
    return not is_said_to_you and not sentence.endswith(("?", ":"))


_HEDGE: Final = re.compile(
    r"\b(?:may|might|can|could|linked|link|seems?|tends?|often|some|not sure|unsure"
    r"|less sure|not (?:fully )?know|went with|goes with|go with|not (?:more )?common"
    r"|rarely|usually|no one|few|most|about|not clear|does not prove|cannot say)\b",
    re.IGNORECASE,
)
_CAUSAL: Final = re.compile(
    r"\b(?:causes|caused|makes|made|protects?|strengthens?|stops|stopped|leads to"
    r"|led to|lowers|lowered|improves|improved|keeps away|reduces?|reduced)\b",
    re.IGNORECASE,
)


def l36_certainty(
    section: SectionTemplate, reading: Reading, sources: Mapping[str, Source]
) -> Rows:
    """L36: a study of things that go together is told with "may" or "linked"."""
    loose = [
        name
        for name in section.sources
        if name in sources and sources[name].is_association_only
    ]
    if len(loose) * 2 <= len(section.sources):
        return
    text = " ".join(passage.text for passage in reading.of(*_MEASURED))
    if text and not _HEDGE.search(text):
        message = f"rests on {loose[0]} but never says may, can or linked"
        yield _problem("L36", reading.passages[0].where, message)
    if len(loose) < len(section.sources):
        return
    for passage, sentence in reading.sentences():
        match = _CAUSAL.search(sentence.text)
        is_open = _HEDGE.search(sentence.text) or sentence.text.endswith("?")
        if match and not is_open and not _is_negated(sentence.text, match.start()):
            message = f'"{match[0]}" is too sure for {", ".join(loose)}'
            text = message + reading.quoted(sentence.text)
            yield _problem("L36", passage.where, text, "say may, can or linked")


WEIGHT_TALK: Final = "person.weight_talk"
_WEIGHT: Final = re.compile(
    r"\b(?:your weight|los(?:e|ing) weight|weight loss|body weight|higher weight"
    r"|weight (?:come|comes|go|goes|down)|heavier people|overweight|obes\w+|bmi|slimmer"
    r"|lighter, stronger body)\b",
    re.IGNORECASE,
)


def l39_weight_consent(section: SectionTemplate, reading: Reading) -> Rows:
    """L39: text about weight only for those who said that they want it."""

    def asks(condition: Condition) -> bool:
        return any(test.fact == WEIGHT_TALK for test in condition.tests())

    if asks(section.include):
        return
    spoken = {
        text
        for part in section.parts
        if asks(part.include)
        for block in part.blocks
        if not isinstance(block, Insert)
        for text in texts_of(block)
    }
    filled = {_filled(text) for text in spoken}
    for passage in reading.of(*_MEASURED, "head"):
        if _WEIGHT.search(passage.text) and passage.text not in filled:
            message = f"speaks of weight without asking {WEIGHT_TALK}"
            yield _problem("L39", passage.where, message)


# --- rows on a whole handout ---------------------------------------------------------


def l01_whole(handout: Handout, reading: Reading) -> Rows:
    """L01: the whole handout reads at primary school level."""
    found = reading.measures
    is_one_page = handout.level in HELD_BACK
    ease = MIN_EASE_ONE_PAGE if is_one_page else MIN_EASE
    smog = MAX_SMOG_ONE_PAGE if is_one_page else MAX_SMOG
    for name, value, is_fine in (
        ("Flesch-Kincaid grade", found.grade, found.grade <= MAX_GRADE),
        ("reading ease", found.ease, found.ease >= ease),
        ("SMOG grade", found.smog, found.sentences < 30 or found.smog <= smog),
    ):
        if not is_fine:
            yield _problem("L01", handout.level, f"{name} {_say(value)} of the whole")


def l05_long_words(handout: Handout, reading: Reading) -> Rows:
    """L05: few long words."""
    share = reading.measures.long_word_share
    is_one_page = handout.level in HELD_BACK
    most = MAX_LONG_WORD_SHARE_ONE_PAGE if is_one_page else MAX_LONG_WORD_SHARE
    if share > most:
        message = f"{_share(share)} words are long; at most {_share(most)}"
        yield _problem("L05", handout.level, message)


def l06_passive(handout: Handout, reading: Reading) -> Rows:
    """L06: the active voice."""
    sentences = [sentence.text for _, sentence in reading.sentences()]
    passive = [sentence for sentence in sentences if is_passive(sentence)]
    share = len(passive) / max(len(sentences), 1)
    if share > MAX_PASSIVE_SHARE:
        message = f"{_share(share)} sentences are passive; at most "
        yield _problem("L06", handout.level, message + _share(MAX_PASSIVE_SHARE))


def l09_exercise_steps(handout: Handout, reading: Reading) -> Rows:
    """L09: the steps of an exercise are few and short."""
    for section in handout.sections:
        for block in section.blocks:
            if isinstance(block, ExerciseCard):
                where = f"{section.id}, {block.id}"
                yield from _step_problems(where, block.steps, reading)


def _step_problems(where: str, steps: tuple[str, ...], reading: Reading) -> Rows:
    if len(steps) > MAX_STEPS:
        yield _problem("L09", where, f"{len(steps)} steps; at most {MAX_STEPS}")
    for step in steps:
        if (count := len(words_of(step))) > MAX_STEP_WORDS:
            message = f"a step of {count} words; at most {MAX_STEP_WORDS}"
            yield _problem("L09", where, message + reading.quoted(step))


def l14_main_message(handout: Handout, reading: Reading) -> Rows:
    """L14: exactly one main message, at the start, short."""
    del reading
    before, found = 0, 0
    for section in handout.sections:
        for block in section.blocks:
            words = sum(len(words_of(text)) for text in texts_of(block))
            if _is_main(block, handout.level):
                found += 1
                if found == 1 and before + words > MAIN_MESSAGE_WITHIN_WORDS:
                    message = f"the main message comes after {before} words"
                    yield _problem("L14", section.id, message)
                if words > MAX_MAIN_MESSAGE_WORDS:
                    message = f"the main message has {words} words; at most "
                    text = f"{message}{MAX_MAIN_MESSAGE_WORDS}"
                    yield _problem("L14", section.id, text)
                if handout.level in HELD_BACK:
                    return
            if not _is_tick_list(block):
                before += words
    if found != 1:
        yield _problem("L14", handout.level, f"{found} main messages; there must be 1")


def _is_main(block: Block, level: str) -> bool:
    if level in HELD_BACK:
        return isinstance(block, Callout)
    return isinstance(block, Verdict)


def _is_tick_list(block: Block) -> bool:
    return isinstance(block, ItemList) and block.marker == "tick"


def l15_call_to_action(handout: Handout, reading: Reading) -> Rows:
    """L15: page one tells something to do, and when."""
    first = {s.id for s in handout.sections if s.is_on_page_one}
    for passage, sentence in reading.sentences():
        is_timed = passage.section in first and _WHEN.search(sentence.text)
        if is_timed and starts_with_verb(sentence.text, reading.words.verbs):
            return
    yield _problem("L15", handout.level, "page one does not say what to do and when")


def l16_this_week(handout: Handout, reading: Reading) -> Rows:
    """L16: three things to do this week; three lines, if there is room for a plan."""
    del reading
    if handout.level in HELD_BACK:
        return
    lists = [
        len(block.items)
        for section in handout.sections
        if section.id == "main-message"
        for block in section.blocks
        if isinstance(block, ItemList) and block.marker == "number"
    ]
    if lists != [ACTIONS]:
        message = f"{lists[0] if lists else 0} things to do; there must be {ACTIONS}"
        yield _problem("L16", "main-message", message)
    prompts = [
        len(block.prompts)
        for section in handout.sections
        if section.id == "action-plan"
        for block in section.blocks
        if isinstance(block, WriteLines)
    ]
    if prompts and prompts != [ACTIONS]:
        yield _problem(
            "L16", "action-plan", f"there must be {ACTIONS} lines to fill in"
        )


def l29_one_unit(handout: Handout, reading: Reading) -> Rows:
    """L29: one unit of distance."""
    km = [p for p in reading.of(*_JUDGED) if re.search(r"\bkm\b|kilomet", p.text)]
    miles = [p for p in reading.of(*_JUDGED) if re.search(r"\bmiles?\b", p.text)]
    if km and miles:
        where = min(km, miles, key=len)[0].where
        yield _problem("L29", where, "both km and miles in one handout")


def l30_dates(handout: Handout, reading: Reading) -> Rows:
    """L30: the day it was made, and the day to look again within a year."""
    del reading
    if not handout.furniture.issued_on:
        yield _problem("L30", handout.level, "the day it was made is missing")
    if handout.level == "EMERGENCY":
        return
    pattern = re.escape(handout.word("about.made"))
    pattern = pattern.replace(r"\{date\}", "(?P<made>.+?)")
    pattern = pattern.replace(r"\{review\}", r"(?P<review>.+?\d{4})")
    for section in handout.sections:
        for block in section.blocks:
            for text in texts_of(block):
                if match := re.search(pattern, text):
                    days = (_day(match["review"]) - handout.issued_on).days
                    if not 0 <= days <= MAX_REVIEW_DAYS:
                        message = f"the next look is {days} days from now"
                        yield _problem("L30", section.id, message)
                    return
    yield _problem("L30", handout.level, "the day to look again is missing")


_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August",
    "September", "October", "November", "December",
)  # fmt: skip


def _day(words: str) -> date:
    numbers = [int(number) for number in re.findall(r"\d+", words)]
    month = next(n for n, name in enumerate(_MONTHS, 1) if name in words)
    return date(max(numbers), month, min(numbers))


def l31_warning_signs(handout: Handout, reading: Reading) -> Rows:
    """L31: the card of warning signs is on page one, short, with a number to call."""
    if handout.level == "EMERGENCY":
        return
    card = next((s for s in handout.sections if s.id == "warning-signs-card"), None)
    if card is None:
        yield _problem("L31", handout.level, "the card of warning signs is missing")
        return
    if not card.is_on_page_one:
        yield _problem("L31", card.id, "must be on page one")
    signs = [b for b in card.blocks if isinstance(b, ItemList)]
    count = sum(len(block.items) for block in signs)
    if not 0 < count <= MAX_WARNING_SIGNS:
        message = f"{count} signs; there must be 1 to {MAX_WARNING_SIGNS}"
        yield _problem("L31", card.id, message)
    text = " ".join(p.text for p in reading.passages if p.section == card.id)
    if not re.search(_EMERGENCY_NUMBER, text):
        yield _problem("L31", card.id, "no number to call")


_EMERGENCY_NUMBER: Final = r"\b(?:\d{3}|local emergency number)\b"


def l32_level(handout: Handout, reading: Reading) -> Rows:
    """L32: a page that sends somebody for help holds no plan and no exercise."""
    del reading
    if handout.level in HELD_BACK:
        for section in handout.sections:
            if section.group in BARRED_GROUPS:
                message = f"must not be printed at {handout.level}"
                yield _problem("L32", section.id, message)


def l33_contradictions(handout: Handout, reading: Reading) -> Rows:
    """L33: no two sections that say the opposite."""
    del reading
    printed = {section.id for section in handout.sections}
    for one, other in CONTRADICTIONS:
        if one in printed and other in printed:
            message = f'must not be printed together with "{other}"'
            yield _problem("L33", one, message)


_LIMITS: Final = (
    (
        "the longest run",
        re.compile(
            r"(\d+(?:\.\d+)?) (?:km|miles?) or less"
            r"|at most (\d+(?:\.\d+)?) (?:km|miles?)"
        ),
        frozenset(
            {
                "cause-training-errors",
                "main-message",
                "mileage-progression",
                "risk-training-spikes",
                "run-hold-plan",
            }
        ),
    ),
    (
        "the first week",
        re.compile(r"(?:under|less than) (\d+(?:\.\d+)?) (?:km|miles?) in total"),
        frozenset({"cause-weight", "run-walk-plan"}),
    ),
)
"""Limits that several sections print, and the sections that do."""
_PAIN: Final = re.compile(r"\b(\d+) out of 10\b")


def l34_same_numbers(handout: Handout, reading: Reading) -> Rows:
    """L34: a limit is the same wherever it is printed, and pain is 0 to 10."""
    del handout
    for name, pattern, sections in _LIMITS:
        found: dict[str, str] = {}
        for passage in reading.of(*_MEASURED):
            if passage.section in sections:
                for match in pattern.finditer(passage.text):
                    number = next(group for group in match.groups() if group)
                    found.setdefault(number, passage.where)
        if len(found) > 1:
            message = f"the limit of {name} is told as {' and '.join(found)}"
            yield _problem("L34", list(found.values())[1], message)
    for passage in reading.of(*_JUDGED):
        for number in _PAIN.findall(passage.text):
            if int(number) > 10:
                yield _problem("L34", passage.where, f"pain of {number} out of 10")


_UNSURE: Final = re.compile(
    r"\b(?:do not (?:fully )?know|not sure|less sure|not fully sure|cannot say|no trial"
    r"|not tested|no one can say|cannot tell|only a check can tell|no single answer)\b",
    re.IGNORECASE,
)


def l37_uncertainty(handout: Handout, reading: Reading) -> Rows:
    """L37: the handout says what nobody knows."""
    if handout.level in HELD_BACK:
        return
    if not any(_UNSURE.search(p.text) for p in reading.of(*_MEASURED)):
        yield _problem("L37", handout.level, "never says what is not known")


_OPTIONS: Final = MappingProxyType(
    {
        "walk": r"\bwalk",
        "run": r"\b(?:run|jog)\b",
        "water": r"\b(?:swim|pool|deep water)",
        "bike": r"\b(?:bike|cycl)",
        "exercises": r"\bexercises\b",
        "tasks": r"\bdaily tasks\b",
    }
)


def l38_options(handout: Handout, reading: Reading) -> Rows:
    """L38: there is more than one way to be active."""
    if handout.level in HELD_BACK:
        return
    text = " ".join(p.text.lower() for p in reading.of(*_MEASURED))
    found = [name for name, pattern in _OPTIONS.items() if re.search(pattern, text)]
    if len(found) < MIN_OPTIONS:
        yield _problem("L38", handout.level, "offers only one way to be active")


_DISCLAIMED: Final = "not a diagnosis"


def l40_disclaimer(handout: Handout, reading: Reading) -> Rows:
    """L40: a short disclaimer, said once, and sources with a guideline by name."""
    passages = tuple(reading.of(*_MEASURED, "citation"))
    text = {
        name: " ".join(p.text for p in passages if p.section == name)
        for name in ("disclaimer", "sources-and-date")
    }
    count = len(words_of(text["disclaimer"]))
    if count > MAX_DISCLAIMER_WORDS:
        message = f"{count} words; there must be 1 to {MAX_DISCLAIMER_WORDS}"
        yield _problem("L40", "disclaimer", message)
    told = sum(_DISCLAIMED in passage.text for passage in passages)
    if told != 1:
        message = f'"{_DISCLAIMED}" stands on it {told} times; it must be once'
        yield _problem("L40", handout.level, message)
    has_guideline = re.search(r"NICE|NHS|World Health", text["sources-and-date"])
    if not has_guideline and handout.level != "EMERGENCY":
        yield _problem("L40", "sources-and-date", "names no guideline")


_ASKED: Final = re.compile(r"\bask (?:a|your) (?:doctor|physio|clinic)", re.IGNORECASE)


def l41_contact(handout: Handout, reading: Reading) -> Rows:
    """L41: whom to call, and the number for an emergency."""
    text = " ".join(p.text for p in reading.passages)
    if not re.search(rf"\bcall (?:{_EMERGENCY_NUMBER}|your local)", text, re.I):
        yield _problem("L41", handout.level, "no number for an emergency")
    is_alarm = handout.level in ("EMERGENCY", "URGENT")  # they say whom to call
    if not (is_alarm or handout.furniture.clinic_line or _ASKED.search(text)):
        yield _problem("L41", handout.level, "nobody to ask is named")


HANDOUT_ROWS: Final[tuple[Callable[[Handout, Reading], Rows], ...]] = (
    l01_whole,
    l05_long_words,
    l06_passive,
    l09_exercise_steps,
    l14_main_message,
    l15_call_to_action,
    l16_this_week,
    l29_one_unit,
    l30_dates,
    l31_warning_signs,
    l32_level,
    l33_contradictions,
    l34_same_numbers,
    l37_uncertainty,
    l38_options,
    l40_disclaimer,
    l41_contact,
)
"""Rows on a composed handout as a whole."""


# --- from content and handouts to passages -------------------------------------------


def _flat(spans: Spans) -> str:
    return "".join(span.text for span in spans)


@dataclass(slots=True)
class _Collector:
    """Turns the blocks of one section into passages."""

    section: str
    where: Callable[[str, int], str]
    """Where a text stands, from the text and the number of its block."""
    fill: Callable[[str], str] = str
    """Puts stand-ins for what differs from person to person."""
    passages: list[Passage] = field(default_factory=list)
    block: int = 0

    def add(self, kind: Kind, text: str, look_for: str = "") -> None:
        place = self.where(look_for or text, self.block)
        if text := self.fill(text).strip():
            found = Passage(
                place, self.section, kind, text, self.block, _sentences(text)
            )
            self.passages.append(found)

    def take(self, block: Block) -> None:
        self.block += 1
        match block:
            case Paragraph(spans=spans, role=role):
                kind: Kind = "citation" if role == "small" else "paragraph"
                self.add(kind, _flat(spans))
            case ItemList(items=items, marker=marker):
                for item in items:
                    self.add(self._item_kind(marker), _flat(item))
            case Callout(blocks=blocks):
                for inner in blocks:
                    self.take(inner)
            case Table(header=header, rows=rows, caption=caption):
                self.add("paragraph", caption)
                for text in header:
                    self.add("label", text)
                for row in rows:
                    for cell in row:
                        self._cell(_flat(cell))
            case Verdict(headline=headline, why=why):
                self.add("paragraph", headline)
                self.add("paragraph", why)
            case ExerciseCard():
                self._card(block)
            case Heading(text=text):
                self.add("head", text)
            case Illustration(alt=alt):
                self.add("label", alt)
            case KeyValues():
                for text in texts_of(block):
                    self.add("own", text)
            case WriteLines(prompts=prompts):
                for text in prompts:
                    self.add("label", text)

    def _item_kind(self, marker: str) -> Kind:
        if self.section in OWN_ANSWERS:
            return "question" if marker == "tick" else "own"
        return "step" if marker == "number" else "item"

    def _cell(self, text: str) -> None:
        self.add("cell" if text.endswith((".", "!", "?")) else "label", text)

    def _card(self, card: ExerciseCard) -> None:
        self.add("head", card.name)
        self.add("paragraph", card.start)
        self.block += 1
        for step in card.steps:
            self.add("step", step)
        self.block += 1
        for _, amount in card.dose:
            self.add("label", amount)
        stop = f"Stop if {card.stop_if}"
        for text in (card.easier, card.harder, stop, *card.changes):
            self.add("paragraph", text)
        self.add("label", card.alt)


def reading_of_handout(
    handout: Handout, words: WordLists, typed: Iterable[str] = ()
) -> Reading:
    """Return the passages of a composed handout.

    Args:
        handout: Final text.
        words: The word lists of the language.
        typed: The texts of the profile.
    """
    passages: list[Passage] = []
    for section in handout.sections:
        if section.id not in OWN_WORDS:
            passages += _handout_passages(section, handout)
    return Reading(tuple(passages), words, is_quotable=False, typed=tuple(typed))


def _handout_passages(section: HandoutSection, handout: Handout) -> list[Passage]:
    theirs = handout.furniture.clinic_line

    def fill(text: str) -> str:
        if not theirs or _could_be_ours(theirs):
            return text
        if len(theirs) < 2:  # a lone sign, such as a full stop
            return re.sub(rf"(?<!\S){re.escape(theirs)}(?=\W|$)", _CLINIC, text)
        return text.replace(theirs, _CLINIC)

    def where(text: str, block: int) -> str:
        del text
        return f"{section.id}, block {block}"

    collector = _Collector(section.id, where, fill)
    collector.add("head", section.title)
    for block in section.blocks:
        if _is_typed_in(block, section.id):
            continue
        is_answer = isinstance(block, Paragraph) and section.id == "your-snapshot"
        if is_answer or _is_to_say(block):
            collector.block += 1
            for text in texts_of(block):
                collector.add("own", text)
        else:
            collector.take(block)
    reason = section.reason.partition(_fixed(handout.word("sources_here")))[0]
    collector.add("reason", reason.strip())
    return collector.passages


_CLINIC: Final = "your clinic"
"""Stands for a clinic's name and phone, which are not ours to judge."""


def _could_be_ours(clinic: str) -> bool:
    """Tell whether the line of a clinic may also be a word of the content."""
    if _LEAK.fullmatch(clinic):
        return False  # a clinic may be called "null"; the content never says it
    is_word = clinic.isalnum() and (len(clinic) < 2 or not clinic.isupper())
    return is_word and len(clinic) < 5


def _fixed(pattern: str) -> str:
    return pattern.partition("{")[0]


def _is_typed_in(block: Block, section: str) -> bool:
    """Tell whether a block holds what somebody at the clinic has typed."""
    if section == "clinic-contact":
        return isinstance(block, Callout | KeyValues)
    return section == "your-snapshot" and isinstance(block, Callout)


def _is_to_say(block: Block) -> bool:
    """Tell whether a block is the sentence to say at the desk."""
    return isinstance(block, Callout) and any(
        text.startswith("“") for text in texts_of(block)
    )


def reading_of_section(section: SectionTemplate, words: WordLists) -> Reading:
    """Return the passages of a section as it stands in its file, all parts in place."""
    lines = _Lines(section.file)
    collector = _Collector(section.id, lines.where, _filled)
    collector.add("head", section.title)
    lines.after = section.text_line
    for block in _with_parts(section):
        if isinstance(block, Insert):
            collector.block += 1
        else:
            collector.take(block)
    return Reading(tuple(collector.passages), words, is_quotable=True)


def _with_parts(section: SectionTemplate) -> Iterator[TemplateBlock]:
    parts = {part.id: part.blocks for part in section.parts}
    for block in section.blocks:
        if isinstance(block, Insert) and block.name == "part":
            yield from parts.get(block.argument, ())
        else:
            yield block


@dataclass(slots=True)
class _Lines:
    """Finds the line of a text in its file by its first words."""

    file: ContentFile
    after: int = 1

    def where(self, text: str, block: int) -> str:
        del block
        lines = self.file.text.split("\n")
        words = text.split()
        for count in (5, 3, 2, 1):
            start = " ".join(words[:count])
            for first in (self.after, 1):
                for number, line in enumerate(lines[first - 1 :], first):
                    if start in line.replace("*", ""):
                        return f"templates/{self.file.name}:{number}"
        return f"templates/{self.file.name}:{self.after}"


_SAMPLES: Final = MappingProxyType(
    {
        "emergency_number": "999",
        "urgent_line": "111",
        "crisis_line": "988",
        "clinic_line": "your doctor or physiotherapist",
        "pain_rises": "pain goes above 3 out of 10",
        "leg_pain": "more pain down your leg",
        "exercise_days": "3 or 4 days a week",
        "carry_weight": "3 kg",
    }
)
_NUMBERS: Final = frozenset(
    {"pain_limit", "pain_above_limit", "run_pain_limit", "run_pain_stop"}
)


def _filled(text: str) -> str:
    """Return a text of the content with a likely word for each placeholder."""
    for path in placeholders(text):
        text = text.replace(f"{{{path}}}", _sample(path))
    return text


def _sample(path: str) -> str:
    if path in _SAMPLES:
        return _SAMPLES[path]
    if path in _NUMBERS:
        return "3"
    if is_amount(path):
        unit, _, numbers = path.partition(":")
        return f"{numbers.replace('-', ' to ')} {unit[:2]}"
    fact = known_facts().get(path)
    if fact is None:
        return "it"
    if fact.kind == "number":
        return "12 km" if fact.unit.startswith("km") else "12"
    if fact.kind == "date":
        return "1 May 2026"
    return next(iter(fact.labels.values()), "it")


def reading_of_exercise(exercise: Exercise, words: WordLists) -> Reading:
    """Return the passages of an exercise card."""
    collector = _Collector(exercise.id, _Lines(exercise.file).where, _filled)
    for form in exercise.forms:
        collector.add("head", form.name)
        collector.add("paragraph", form.start)
        collector.block += 1
        for step in form.steps:
            collector.add("step", step)
        collector.block += 1
        for text in filter(None, (form.easier, form.harder)):
            collector.add("paragraph", text)
        collector.add("paragraph", f"Stop if {form.stop_if}", form.stop_if)
        for text in (form.alt_start, form.alt_end):
            collector.add("label", text)
    for rule in exercise.skips:
        collector.add("reason", rule.because)
    return Reading(tuple(collector.passages), words, is_quotable=True)


def reading_of_message(library: Library, words: WordLists) -> Reading:
    """Return the passages of page one, every line that it might have."""
    message = library.message
    lines = _Lines(message.file)
    collector = _Collector("main-message", lines.where, _filled)
    for line in message.every_line():
        lines.after = message.file.line_of(f'id = "{line.id}"')
        for text in filter(None, (line.headline, line.text)):
            blocks, _ = parse(text)
            for block in blocks:
                if not isinstance(block, Insert):
                    collector.block += 1
                    is_reason = line in message.reasons
                    kind: Kind = "item" if is_reason else "paragraph"
                    collector.add(kind, " ".join(texts_of(block)))
    return Reading(tuple(collector.passages), words, is_quotable=True)


def reading_of_words(library: Library, words: WordLists) -> Reading:
    """Return the fixed words and the reasons as passages, as labels."""
    passages: list[Passage] = []
    for name, texts in (("ui", library.words), ("reasons", library.reasons)):
        file = f"{library.language}/{name}.toml"
        lines = _Lines(next(f for f in library.files if f.name == file))
        collector = _Collector(name, lines.where, _with_any_word)
        for text in texts.values():
            collector.block += 1
            collector.add("label", text)
        passages += collector.passages
    return Reading(tuple(passages), words, is_quotable=True)


def _with_any_word(text: str) -> str:
    return re.sub(r"\{\w+\}", "12", text)


# --- the lint ------------------------------------------------------------------------


def lint_section(
    section: SectionTemplate, words: WordLists, sources: Mapping[str, Source]
) -> tuple[Problem, ...]:
    """Return what makes a section hard to read, with file and line.

    All parts are read in their places, though no reader ever gets all of them.

    Args:
        section: One file of ``sections/``.
        words: The word lists of the language.
        sources: All sources by id (``Library.sources``).
    """
    reading = reading_of_section(section, words)
    found = list(_text_problems(reading))
    if any(True for _ in reading.of(*_MEASURED)):
        found += [
            *l02_section_grade(reading),
            *l03_mean_sentence(reading),
            *l10_second_person(reading),
        ]
    found += l35_sources(section, reading, sources)
    found += l36_certainty(section, reading, sources)
    found += l39_weight_consent(section, reading)
    return tuple(dict.fromkeys(found))


def lint_exercise(exercise: Exercise, words: WordLists) -> tuple[Problem, ...]:
    """Return what makes an exercise hard to read, with file and line.

    Each form is judged alone: a reader gets one of them.
    """
    where = f"templates/{exercise.file.name}:{exercise.file.line_of('steps')}"
    found: list[Problem] = []
    for form in exercise.forms:
        reading = reading_of_exercise(replace(exercise, forms=(form,)), words)
        found += _text_problems(reading)
        found += l02_section_grade(reading)
        found += l03_mean_sentence(reading)
        found += _step_problems(where, form.steps, reading)
    return tuple(dict.fromkeys(found))


def lint_message(library: Library, words: WordLists) -> tuple[Problem, ...]:
    """Return what makes the lines of page one hard to read, with file and line."""
    reading = reading_of_message(library, words)
    found = [
        *_text_problems(reading),
        *l02_section_grade(reading),
        *l10_second_person(reading),
    ]
    return tuple(dict.fromkeys(found))


def lint_words(library: Library, words: WordLists) -> tuple[Problem, ...]:
    """Return what is wrong with the fixed words and the reasons."""
    reading = reading_of_words(library, words)
    found: list[Problem] = []
    for row in (l12_banned_words, l13_capitals, l18_capitals, l43_leaks):
        found += row(reading)
    return tuple(dict.fromkeys(found))


def lint_handout(
    handout: Handout,
    words: WordLists,
    *,
    typed: Iterable[str] = (),
    may_speak_of_weight: bool = True,
) -> tuple[Problem, ...]:
    """Return what makes a composed handout hard to read.

    Findings name section and block but never repeat a text: it may be the person's.

    Args:
        handout: Final text.
        words: The word lists of the language.
        typed: The texts of the profile; they may look like anything.
        may_speak_of_weight: False if the person did not agree to text about weight.
    """
    reading = reading_of_handout(handout, words, typed)
    found = [
        *_text_problems(reading),
        *l02_section_grade(reading),
        *l03_mean_sentence(reading),
        *l10_second_person(reading),
    ]
    for row in HANDOUT_ROWS:
        found += row(handout, reading)
    if not may_speak_of_weight:
        for passage in reading.of(*_JUDGED):
            if _WEIGHT.search(passage.text):
                message = "speaks of weight to somebody who does not want it"
                found.append(_problem("L39", passage.where, message))
    return tuple(dict.fromkeys(found))


def _text_problems(reading: Reading) -> Rows:
    for row in TEXT_ROWS:
        yield from row(reading)


def reading_problems(
    library: Library,
    words: WordLists,
    handouts: Iterable[tuple[str, Handout]] = (),
) -> tuple[Problem, ...]:
    """Return everything that the reading lint finds, content first.

    Args:
        library: The content.
        words: The word lists of its language, from ``load_words``.
        handouts: Composed handouts, each with the name to tell it by.
    """
    found: list[Problem] = []
    for section in library.sections.values():
        for form in section.forms():
            found += lint_section(form, words, library.sources)
    for exercise in library.exercises.values():
        found += lint_exercise(exercise, words)
    found += lint_message(library, words)
    found += lint_words(library, words)
    for name, handout in handouts:
        for problem in lint_handout(handout, words):
            where = f"{name}: {problem.where}"
            found.append(Problem(where, problem.message, problem.hint, problem.code))
    return tuple(dict.fromkeys(found))


def section_measures(
    library: Library, words: WordLists
) -> tuple[tuple[str, Measures], ...]:
    """Return the counts of every section, the hardest first."""
    found: list[tuple[str, Measures]] = []
    for section in library.sections.values():
        measures = reading_of_section(section, words).measures
        if measures.sentences:
            found.append((section.id, measures))
    return tuple(sorted(found, key=lambda item: -item[1].grade))
