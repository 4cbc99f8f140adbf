"""Read the QuestionnaireResponses of a file as profiles.

In:   the bytes of a file, and the content.
Out:  for each response its place in the file, and its profile or what is wrong.
Pure: no files, no clock.
"""

from backguide.errors import Problem, ProfileError
from backguide.fhir.response import Read, read_response
from backguide.fhir.sources import responses_of
from backguide.guidance.library import Library


def read_responses(
    content: bytes, source: str, library: Library
) -> list[tuple[str, Read | ProfileError]] | None:
    """Return the responses of a file; None when it is no FHIR.

    Raises:
        ProfileError: The file as a whole cannot be read, or holds no response.
    """
    found = responses_of(content, source)
    if found is None:
        return None
    if not found.responses:
        told = ", ".join(
            f"{what}: {n}" for what, n in sorted(found.passed_over.items())
        )
        problem = Problem(
            "",
            f"it holds no QuestionnaireResponse ({told or 'it is empty'})",
            "export the answers to the form of backguide fhir questionnaire",
            "E_FHIR_NO_RESPONSE",
        )
        raise ProfileError(source, (problem,))
    read: list[tuple[str, Read | ProfileError]] = []
    for place, response in found.responses:
        if isinstance(response, ProfileError):
            read.append((place, response))
            continue
        try:
            read.append((place, read_response(response, source, library)))
        except ProfileError as error:
            read.append((place, error))
    return read
