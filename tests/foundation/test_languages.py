"""Whether a worker speaks what a recipient understands, from words as people write them."""

import pytest

from shangmen.foundation.organisations.languages import speaks


@pytest.mark.parametrize(
    ("languages", "understood"),
    [
        ("", ""),
        ("", "普通话"),
        ("粤语", "汉语"),
        ("普通话、固原方言", "固原话"),
        ("撒拉语/东乡语", "东乡语"),
        ("", "普通话，海原话"),
        ("陕北话;晋语", "晋方言"),
    ],
)
def test_they_can_talk_with_each_other(languages: str, understood: str) -> None:
    assert speaks(languages, understood)


@pytest.mark.parametrize(
    ("languages", "understood"), [("", "海原话"), ("普通话", "哈萨克语"), ("东乡语", "撒拉语"), ("粤语", "晋语")]
)
def test_they_cannot(languages: str, understood: str) -> None:
    assert not speaks(languages, understood)
