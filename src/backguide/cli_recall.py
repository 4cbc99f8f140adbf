"""The commands that look back: reprint, who-got, purge."""

import json
from pathlib import Path
from typing import Final

import click

from backguide.cli_files import InputPath, OutputPath, door, force_option
from backguide.cli_talk import is_screen, print_product, say, write_product
from backguide.errors import ExitCode
from backguide.output import Kind, Place

_BATCH_FOLDER: Final = InputPath("the batch", is_folder=True)


def tell_damage(folder: Path) -> None:
    """Tell which lines of the files of a batch are no rows, and what to do."""
    from backguide.batch.recall import damage_in

    for words in damage_in(folder):
        say(f"Warning: {words}")


@click.command("reprint", epilog="Example: backguide reprint 7F3A-09C1 --in handouts/")
@click.argument("code")
@click.option(
    "--in",
    "folder",
    type=_BATCH_FOLDER,
    default=".",
    help="Output folder of the batch. Default: this folder.",
)
@click.option(
    "-o",
    "--output",
    type=OutputPath(may_be_standard_output=True),
    help="File to write, or a folder for it; - for standard output. Default: this "
    "folder.",
)
@click.option(
    "--superseded",
    "is_superseded",
    is_flag=True,
    help="Write a page that no longer holds as well, marked as such.",
)
@force_option
def reprint(code: str, folder: Path, output: Place | None, is_superseded: bool) -> int:
    """Write one page of a batch again: the very same bytes.

    CODE is the code printed on the page, or the id of the person. A page that the
    last run no longer vouches for is refused, and it is told what is newer and why.
    """
    from backguide.batch.ledger import today
    from backguide.batch.manifest import HELD
    from backguide.batch.recall import find_page

    tell_damage(folder)
    page = find_page(folder, code, is_superseded=is_superseded)
    row, content = page.row, page.content
    name = Path(row.file).name
    if page.why_superseded:
        from backguide.batch.marking import marked
        from backguide.guidance.built_in import library_at

        name = f"superseded-{name}"
        content = marked(row, content, library_at(None))
    if output is not None and output.is_standard_output:
        if is_screen():
            raise click.UsageError("a PDF is not for the screen; use -o FILE")
        write_product(content)
    else:
        target = door().file_at(output or Place(Path()), name)
        door().write(target, content, Kind.PDF)
        say(f"{target}: {row.pages} pages, made {row.at}")
    say(f"This page is of {row.issued_on}.")
    if page.why_superseded:
        say(f"It no longer holds: {page.why_superseded}.")
        return ExitCode.DONE
    if row.good_until and row.good_until < today().isoformat():
        say(
            f"Its answers counted up to {row.good_until}: for a new page ask the "
            "safety questions again."
        )
    if row.status == HELD:
        say(f"This is an urgent page: {row.reason}.")
        return ExitCode.HELD_BACK
    return ExitCode.DONE


@click.command("who-got", epilog="Example: backguide who-got run-walk-plan handouts/")
@click.argument("section")
@click.argument("folders", nargs=-1, type=_BATCH_FOLDER)
@click.option(
    "--templates",
    type=InputPath("the content", is_folder=True),
    help="Your own content folder: which sections there are.",
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def who_got(
    section: str, folders: tuple[Path, ...], templates: Path | None, as_json: bool
) -> int:
    """List everybody who was given a section, from the manifests of old batches.

    SECTION is the id of a section, or id@version. FOLDERS are output folders of
    batches; default: this folder.
    """
    from dataclasses import asdict

    from backguide.batch.recall import lost_rows
    from backguide.batch.recall import who_got as find
    from backguide.batch.work import versioned_sections
    from backguide.guidance.built_in import library_at

    places = folders or (Path(),)
    known = versioned_sections(library_at(templates))
    receipts = [r for folder in places for r in find(folder, section, known)]
    for folder in places:
        tell_damage(folder)
        if lost := lost_rows(folder):
            say(
                f"Warning: {folder}: {lost} rows of finished runs are not in the "
                "manifest; this list may miss people"
            )
    if as_json:
        print_product(json.dumps([asdict(receipt) for receipt in receipts], indent=2))
    elif receipts:
        notes = ("" if r.is_latest else " (no longer holds)" for r in receipts)
        print_product(
            "\n".join(
                f"{r.id} {r.guide_code} {r.section} issued {r.issued_on}{note}"
                for r, note in zip(receipts, notes, strict=True)
            )
        )
    people = len({receipt.id for receipt in receipts})
    say(f"{len(receipts):,} pages of {people:,} people")
    return ExitCode.DONE


@click.command("purge", epilog="Example: backguide purge handouts/ --keep-days 90")
@click.argument("folder", type=_BATCH_FOLDER)
@click.option(
    "--keep-days",
    required=True,
    type=click.IntRange(0, 36_500),
    help="What was made or confirmed within so many days stays; 0 keeps nothing.",
)
@click.option(
    "--with-newest",
    is_flag=True,
    help="Judge the newest run by its age as well; without it that run stays.",
)
def purge(folder: Path, keep_days: int, with_newest: bool) -> int:
    """Remove old handouts and reports of a batch; the manifest stays.

    Pages in held, quarantine and superseded go by the same rule. The newest run
    stays, for its age is only what a clock once said, unless --with-newest is given
    or --keep-days 0.

    The manifest holds ids and sections, no names: reprinting is over then, recall
    is not.
    """
    from backguide.batch.recall import purge as remove

    tell_damage(folder)
    done = remove(folder, keep_days, with_newest=with_newest)
    for warning in done.warnings:
        say(f"Warning: {warning}")
    say(f"{done.removed:,} files removed from {folder}")
    if done.kept_newest:
        say(
            f"{done.kept_newest:,} older files of the newest run stay; --with-newest "
            "removes them too"
        )
    return ExitCode.DONE
