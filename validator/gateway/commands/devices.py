"""`devices`: enrol, place and shut out scanners."""

from __future__ import annotations

import argparse
import json
import sys

from validator.enrolment import Invitation
from validator.gateway.commands.invitation import address_for_devices, terminal_qr
from validator.gateway.commands.parser import Commands, add_json, config_of, need_data, print_rows
from validator.gateway.local_client import ask


def add(commands: Commands) -> None:
    """Add the command."""
    group = commands.group(
        "devices",
        "Enrol, place and shut out scanners.",
        [
            "entrance-gateway devices code --gate main",
            "entrance-gateway devices list",
            "entrance-gateway devices assign lane-2 garden",
            "entrance-gateway devices revoke lane-2",
            "entrance-gateway devices write-off lane-2",
        ],
    )
    listing = group.add("list", "List the devices, and how they are now.", _list)
    add_json(listing)
    code = group.add(
        "code",
        "Make an enrolment code, good for one device and one day.",
        _code,
        ["entrance-gateway devices code --gate main"],
        "Show its camera or scanner the picture, or type it: entrance-scanner enrol CODE\n"
        "--gateway HOST. The picture holds address, code and the key that devices trust.",
    )
    code.add_argument("--gate", metavar="G", default="", help="where the device will stand")
    code.add_argument(
        "--address", metavar="HOST", default="", help="where devices find this machine"
    )
    add_json(code)
    assign = group.add(
        "assign",
        "Give a device another gate; connected, it knows within a second.",
        _assign,
        ["entrance-gateway devices assign lane-2 garden"],
    )
    assign.add_argument("device", metavar="DEVICE", help="its id, see `devices list`")
    assign.add_argument("gate", metavar="GATE", help="the gate's id, see `events`")
    revoke = group.add(
        "revoke",
        "Shut a device out; what it owes it may still deliver, for a supervisor to look at.",
        _revoke,
        ["entrance-gateway devices revoke lane-2"],
    )
    revoke.add_argument("device", metavar="DEVICE", help="its id, see `devices list`")

    write_off = group.add(
        "write-off",
        "After a restore: await a device no longer that will not come back.",
        _write_off,
        ["entrance-gateway devices write-off lane-2"],
        "Until every device has given back what the backup lacks, verdicts are provisional.\n"
        "One that comes later all the same is still heard.",
    )
    write_off.add_argument("device", metavar="NAME", help="its id, see `devices list`")


def _list(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    rows = ask(config, "GET", "devices")["devices"]
    columns = (
        "id",
        "name",
        "gate",
        "connected",
        "backlog",
        "battery",
        "revoked",
        "awaited",
        "enrolled_at",
    )
    empty = "No device is enrolled yet. Make a code with: entrance-gateway devices code"
    print_rows(rows, columns, args.json, empty)
    return 0


def _code(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    made = ask(config, "POST", "devices", "codes", body={"gate": args.gate})
    address = address_for_devices(config.tls, args.address)
    told = Invitation(address, made["code"], bytes.fromhex(made["pin"])).text if address else ""
    if args.json:
        print(json.dumps(made | {"invitation": told}))
        return 0
    print(made["code"])
    where = address or f"HOST:{config.tls.port}"
    print(f"Good once, until {made['expires']}. At the device:")
    print(f"  entrance-scanner enrol {made['code']} --gateway {where}")
    if told and sys.stdout.isatty():
        print(f"Or show this to its camera or scanner:\n{terminal_qr(told)}")
    return 0


def _assign(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    device = ask(config, "PUT", "devices", args.device, "gate", body={"gate": args.gate})
    when = "and knows it" if device["connected"] else "and learns it when it connects"
    print(f"{device['id']} now stands at {device['gate']}, {when}.")
    return 0


def _revoke(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    device = ask(config, "POST", "devices", args.device, "revoke")
    print(f"{device['id']} is revoked. It may still deliver what it owes, then wipes itself.")
    return 0


def _write_off(args: argparse.Namespace) -> int:
    config = config_of(args)
    need_data(config)
    awaited = ask(config, "POST", "devices", args.device, "write-off")["awaited"]
    print(f"{args.device} is awaited no longer.")
    if awaited:
        print(f"Still awaited: {', '.join(awaited)}.")
    else:
        print("No device is awaited any more: verdicts are confirmed again.")
    return 0
