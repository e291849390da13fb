"""The corporate round against closed forms and against identities that every round keeps."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gigaplan.capital.rounds import Convertible, Rounding, Terms, close, interest
from gigaplan.cli.main import main
from gigaplan.errors import InputError


def test_post_money_safe_holds_investment_over_cap_before_the_new_money():
    closing = close(Terms(32e6, 2e6, (8e6,), convertibles=(Convertible("a", 2e6, 10e6),)))
    # 2 of 10 MUSD is a fifth before the round, and the round buys a fifth
    assert closing.total_shares == pytest.approx(2e6 / 0.8 / 0.8)
    assert closing.price == pytest.approx(12.8)


def test_pre_money_safe_by_hand():
    # cap 8 MUSD on 1,000,000 shares: 8 USD/share; 1 MUSD buys 125,000 shares
    closing = close(
        Terms(20e6, 1e6, (5e6,), convertibles=(Convertible("a", 1e6, 8e6, base="pre"),))
    )
    assert closing.convertible_shares[0] == pytest.approx(125_000)
    assert closing.price == pytest.approx(20e6 / 1.125e6)


def test_discount_and_interest():
    owed = 1e6 + interest(1e6, 0.08, 2, compounding=False)
    assert owed == pytest.approx(1.16e6)
    assert interest(1e6, 0.08, 2, compounding=True) == pytest.approx(166_400)
    closing = close(Terms(10e6, 1e6, (2e6,), convertibles=(Convertible("n", owed, discount=0.2),)))
    # d shares at 0.8 p with p (1e6 + d) = 10e6: d = owed / (0.8 p)
    assert closing.convertible_prices[0] == pytest.approx(0.8 * closing.price)
    assert closing.price * (1e6 + closing.convertible_shares[0]) == pytest.approx(10e6)


money = st.floats(1e5, 5e7)


@settings(max_examples=60, deadline=None)
@given(
    pre=st.floats(5e6, 1e9),
    common=st.integers(10**5, 10**8),
    new=st.lists(money, min_size=1, max_size=4),
    pool=st.floats(0, 0.2),
    unused=st.integers(0, 10**5),
    safes=st.lists(
        st.tuples(st.floats(1e4, 3e6), st.floats(5e6, 1e8), st.sampled_from(["pre", "post"])),
        max_size=4,
    ),
)
def test_identities_of_every_round(pre, common, new, pool, unused, safes):
    notes = tuple(Convertible("s", a, cap, 0.1, base) for a, cap, base in safes)
    assume(sum(new) / (pre + sum(new)) + pool + sum(a / cap for a, cap, _ in safes) < 0.9)
    assume(sum(a for a, _, _ in safes) < 0.5 * pre)
    closing = close(Terms(pre, common, tuple(new), unused, pool, notes))
    total = closing.total_shares
    parts = common + closing.pool + sum(closing.series_shares) + sum(closing.convertible_shares)
    assert parts == pytest.approx(total, rel=1e-9)
    assert closing.post_money == pytest.approx(pre + sum(new), rel=1e-9)
    assert sum(closing.series_shares) / total == pytest.approx(
        sum(new) / (pre + sum(new)), rel=1e-9
    )
    assert closing.pool >= max(unused, pool * total) * (1 - 1e-9)
    for note, price in zip(notes, closing.convertible_prices, strict=True):
        assert price <= 0.9 * closing.price * (1 + 1e-9)
        base = closing.post_money_base if note.base == "post" else closing.pre_money_base
        assert price <= note.cap / base * (1 + 1e-9)
    rounded = close(Terms(pre, common, tuple(new), unused, pool, notes, Rounding("down", 8)))
    assert all(
        s == int(s) for s in (*rounded.series_shares, *rounded.convertible_shares, rounded.pool)
    )
    assert rounded.total_shares <= total * (1 + 1e-6) + 1
    for paid, shares in zip(new, rounded.series_shares, strict=True):
        assert shares * rounded.price <= paid * (1 + 1e-9)


def test_nobody_left_is_an_error():
    with pytest.raises(InputError, match="whole company"):
        close(Terms(1e6, 1e6, (1e6,), convertibles=(Convertible("a", 6e6, 10e6),)))


ROUND = """\
id: series-x
post_money: 157 BUSD
raise: 6.6 BUSD
holders:
  - {name: founders, shares: 8000000}
  - {name: early fund, shares: 2000000, pro_rata: true}
investors:
  - {name: lead fund, investment: 1.25 BUSD, lead: true}
  - {name: early fund, investment: pro_rata}
  - {name: others, investment: rest}
sponsor_equity: {2026: 2 BUSD, 2027: 3 BUSD}
"""


def test_a_round_by_command(tmp_path, capsys):
    file = tmp_path / "round.yaml"
    file.write_text(ROUND)
    assert main(["round", str(file), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["new_money_share"] == pytest.approx(6.6 / 157)
    assert told["pre_money"] == pytest.approx(150.4e9)
    assert told["lead"] == "lead fund"
    after = {(r["holder"], r["kind"]): r["share_after"] for r in told["cap_table"]}
    # a pro-rata right keeps its fifth
    assert after["early fund", "common"] + after["early fund", "series"] == pytest.approx(0.2)
    assert sum(after.values()) == pytest.approx(1)
    assert told["use_of_proceeds"]["kept_by_the_company_usd"] == pytest.approx(1.6e9)
    for form in ([], ["--csv"]):
        assert main(["round", str(file), *form]) == 0
    assert "4.204%" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("id: series-x", "idd: series-x", ["row 1", "idd", "unknown key", "did you mean id"]),
        ("post_money: 157 BUSD", "", ["give either pre_money or post_money"]),
        ("pro_rata: true", "pro_rata: false", ["early fund has no pro-rata right"]),
        ("1.25 BUSD", "9 BUSD", ["investors bring"]),
        ("1.25 BUSD", "-1 BUSD", ["negative"]),
        ("157 BUSD", "6 BUSD", ["above zero"]),
        ("3 BUSD", "30 BUSD", ["sponsor equity"]),
        ("raise: 6.6 BUSD", "", ["need `raise`"]),
        ("6.6 BUSD", "6.6 GW", ["raise", "USD"]),
    ],
)
def test_faults_of_a_round_are_named(tmp_path, capsys, old, new, words):
    file = tmp_path / "round.yaml"
    file.write_text(ROUND.replace(old, new))
    assert main(["round", str(file), "--json"]) == 3
    printed = capsys.readouterr()
    assert printed.out == ""
    for word in words:
        assert word in printed.err


def test_a_list_of_rounds_and_a_wrong_expectation(tmp_path, capsys):
    file = tmp_path / "rounds.json"
    one = {"id": "a", "pre_money": 8e6, "common_shares": 1e6, "series_investments": [2e6]}
    file.write_text(json.dumps([one, one | {"id": "b", "expected": {"price_per_share": 8}}]))
    assert main(["round", str(file), "--json"]) == 0
    assert [t["id"] for t in json.loads(capsys.readouterr().out)] == ["a", "b"]
    file.write_text(json.dumps([one | {"expected": {"price_per_share": 9}}]))
    assert main(["round", str(file)]) == 6
    file.write_text(json.dumps([one | {"expected": {"nonsense": 9}}]))
    assert main(["round", str(file)]) == 3
