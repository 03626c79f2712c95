import asyncio
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from doubles.gateway.live import CLOCK, LiveGateway, live_gateway, sold
from doubles.gateway.raw_wire import connected, from_nothing
from journeys.venue.waiting import ROOT
from validator.gateway.api.monitoring import waits_for
from validator.gateway.daemon import Daemon
from validator.gateway.figures.metrics import Metrics
from validator.gateway.host.data_folder import open_secrets
from validator.gateway.ledger.committer import Committed
from validator.wire.messages import Telemetry

TABLE = re.compile(r"^\| `(entrance_\w+)` \| (\w+) \| ([\w, ]*)\|", re.MULTILINE)
OURS = {"decision", "reason", "assurance", "stream", "source", "device", "gate"}

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


async def figures(live: LiveGateway) -> tuple[str, Samples]:
    """Return what Prometheus gets: the text, and each sample."""
    token = live.daemon.gateway.secrets.metrics_token
    headers = {"Authorization": f"Bearer {token}"}
    async with live.http.get(live.url("/metrics"), headers=headers) as answer:
        assert answer.status == 200
        assert answer.content_type == "text/plain"
        text = await answer.text()
    return text, {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_the_table_in_the_pages_is_what_prometheus_gets(tmp_path: Path) -> None:
    async with live_gateway(tmp_path) as live:
        device = await live.enrolled()
        body = {"code": live.code(live.evening.full[0]), "gate": "a"}
        await live.call("POST", "/api/v1/check-ins", body, live.admin)
        async with connected(live, device, (from_nothing("catalogue"),)) as wire:
            await wire.say(Telemetry(3, 80, -1500))
            key = ("entrance_device_backlog", (("device", device.id), ("gate", "a")))
            text, samples = await figures(live)
            while key not in samples:
                text, samples = await figures(live)
    told = {
        name: (kind, {label for label in labels.replace(" ", "").split(",") if label})
        for name, kind, labels in TABLE.findall((ROOT / "docs/operation.md").read_text())
    }
    families = {family.name: family for family in text_string_to_metric_families(text)}
    said = {
        name: (family.type, {key for each in family.samples for key in each.labels} - {"le"})
        for name, family in families.items()
        if not name.endswith("_created")
    }
    assert told == said
    assert samples[key] == 3
    offset = ("entrance_device_clock_offset_seconds", key[1])
    assert samples[offset] == -1.5
    assert samples[("entrance_lanes_connected", ())] == 1
    entered = (("assurance", "confirmed"), ("decision", "admit"), ("reason", "ok"))
    assert samples["entrance_check_ins_total", entered] == 1
    assert samples["entrance_ready", ()] == 1


async def test_figures_name_no_ticket_no_code_and_no_person(tmp_path: Path) -> None:
    async with live_gateway(tmp_path) as live:
        number = live.evening.full[0]
        code = live.code(number)
        await live.call("POST", "/api/v1/check-ins", {"code": code, "gate": "a"}, live.admin)
        await live.call("POST", "/api/v1/check-ins", {"code": "nobody's", "gate": "a"}, live.admin)
        device = await live.enrolled(name="Ada's handheld")
        async with connected(live, device, ()):
            text, samples = await figures(live)
    assert number not in text and code not in text and "nobody" not in text and "Ada" not in text
    assert {label for _, labels in samples for label, _ in labels} <= OURS | {"le"}


async def test_strangers_and_supervisors_get_no_figures(tmp_path: Path) -> None:
    async with live_gateway(tmp_path) as live:
        for token in (None, live.admin, "0" * 64):
            status, _ = await live.call("GET", "/metrics", token=token)
            assert status == 401


def test_a_token_that_systemd_hands_over_is_the_one_that_counts(tmp_path: Path) -> None:
    (tmp_path / "handed").mkdir()
    (tmp_path / "handed" / "metrics.token").write_text("5e" * 32 + "\n")
    with_it = open_secrets(tmp_path / "data", bytes, tmp_path / "handed")
    assert with_it.metrics_token == "5e" * 32
    assert open_secrets(tmp_path / "data", bytes, tmp_path).metrics_token == "00" * 32


async def test_a_gateway_that_has_not_heard_its_source_says_what_it_waits_for(
    tmp_path: Path,
) -> None:
    _, config = await asyncio.to_thread(sold, tmp_path)
    daemon = Daemon(config, CLOCK)
    try:
        unheard = await asyncio.to_thread(daemon.gateway.services.never_heard)
        assert waits_for(unheard, waited_s=0.1) == {"sources": "No complete pass yet of boxoffice."}
    finally:
        await daemon.stop()
    async with live_gateway(tmp_path) as live:
        status, body = await live.call("GET", "/readyz")
        assert (status, body["ready"], body["waits_for"]) == (200, True, {})


def test_two_gateways_in_one_process_count_apart() -> None:
    one, two = Metrics(), Metrics()
    one.limited()
    one.timed(3, 0.1, failed=True)
    assert one.registry.get_sample_value("entrance_rate_limited_total") == 1
    assert one.registry.get_sample_value("entrance_commit_failures_total") == 1
    assert two.registry.get_sample_value("entrance_rate_limited_total") == 0


@pytest.mark.parametrize("stream", ["uses.7", "uses.8"])
def test_a_streams_scope_is_no_label(stream: str) -> None:
    metrics = Metrics()
    metrics.committed(Committed(((stream, (b"1", b"2")),), (), False, False))
    value = metrics.registry.get_sample_value
    assert value("entrance_frames_published_total", {"stream": "uses"}) == 2
