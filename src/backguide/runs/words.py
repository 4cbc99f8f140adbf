"""Names of sports in the languages in which services write them."""

from typing import Final

_RUNS: Final = frozenset(
    {
        "9",  # Strava's number in its GPX
        "run", "running", "trail run", "trail running", "virtual run", "jogging",
        "lauf", "laufen", "traillauf", "trailrun", "trailrunning", "virtueller lauf",
        "laufband", "bahnlauf", "course", "course a pied", "course à pied", "trail",
        "course virtuelle", "course à pied virtuelle", "tapis de course",
        "carrera", "carrera virtual", "carrera de montaña", "carrera por montaña",
        "correr", "corsa", "corsa trail", "corsa virtuale", "corsa su sentiero",
        "hardlopen", "hardloopsessie", "trailrun hardlopen", "virtuele hardloopsessie",
        "corrida", "corrida em trilha", "corrida virtual", "bieg", "bieganie", "běh",
        "běhání", "löpning", "løb", "løping", "løp", "juoksu",
    }
)  # fmt: skip
_ENDINGS: Final = (" run", " running", "running", " laufen", " lauf")


def is_run(sport: str) -> bool:
    """Tell whether the name of a sport means running."""
    words = " ".join(sport.replace("_", " ").replace("-", " ").casefold().split())
    return words in _RUNS or words.endswith(_ENDINGS)
