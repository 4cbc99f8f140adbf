"""What the tests of the finished PDF share."""

import os

import pytest

from pdf.verapdf import gate


@pytest.fixture(scope="session")
def validate():
    """veraPDF, or a skip with its reason; in CI its absence is a failure."""
    try:
        gate.prepare()
    except gate.GateMissing as missing:
        message = f"veraPDF cannot run: {missing}"
        if os.environ.get("CI"):
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    return gate.validate
