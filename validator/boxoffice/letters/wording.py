"""The words of letters to customers, in five languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from validator.boxoffice.model import Order, SoldTicket
from validator.boxoffice.records.program import local_time
from validator.clock import Instant
from validator.model import Performance


class LetterKind(StrEnum):
    """What a letter is about."""

    INVOICE = "invoice"
    REMINDER = "reminder"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to a customer.

    Args:
        address: E-mail address.
        language: Of its text.
        subject: One line.
        body: Plain text.
    """

    address: str = field(repr=False)
    language: str
    subject: str
    body: str = field(repr=False)


_SUBJECTS: Mapping[LetterKind, Mapping[str, str]] = {
    LetterKind.INVOICE: {
        "en": "Invoice for order {number}",
        "fr": "Facture de la commande {number}",
        "de": "Rechnung zur Bestellung {number}",
        "es": "Factura del pedido {number}",
        "it": "Fattura dell’ordine {number}",
    },
    LetterKind.REMINDER: {
        "en": "Reminder: order {number} is not paid yet",
        "fr": "Rappel : la commande {number} n’est pas encore payée",
        "de": "Erinnerung: Bestellung {number} ist noch nicht bezahlt",
        "es": "Recordatorio: el pedido {number} aún no está pagado",
        "it": "Promemoria: l’ordine {number} non è ancora pagato",
    },
    LetterKind.EXPIRED: {
        "en": "Order {number} was cancelled: not paid",
        "fr": "Commande {number} annulée : non payée",
        "de": "Bestellung {number} storniert: nicht bezahlt",
        "es": "Pedido {number} anulado: no pagado",
        "it": "Ordine {number} annullato: non pagato",
    },
    LetterKind.CANCELLED: {
        "en": "Tickets of order {number} were cancelled",
        "fr": "Billets de la commande {number} annulés",
        "de": "Tickets der Bestellung {number} storniert",
        "es": "Entradas del pedido {number} anuladas",
        "it": "Biglietti dell’ordine {number} annullati",
    },
}
_TEXTS: Mapping[LetterKind, Mapping[str, str]] = {
    LetterKind.INVOICE: {
        "en": "Please pay {total} by {due}. Until it is paid, the entrance refuses these tickets:",
        "fr": "Merci de payer {total} jusqu’au {due}. D’ici là, le contrôle refuse ces billets :",
        "de": "Bitte zahlen Sie {total} bis {due}. Bis dahin weist der Einlass diese Tickets ab:",
        "es": "Pague {total} antes del {due}. Hasta entonces, la entrada rechaza estas entradas:",
        "it": "Paghi {total} entro il {due}. Fino ad allora l’ingresso rifiuta questi biglietti:",
    },
    LetterKind.REMINDER: {
        "en": "We have not received {total} yet. Please pay by {due}. It is about these tickets:",
        "fr": "Nous n’avons pas encore reçu {total}. Merci de payer jusqu’au {due}. Billets :",
        "de": "{total} sind noch nicht eingegangen. Bitte zahlen Sie bis {due}. Es geht um:",
        "es": "Aún no hemos recibido {total}. Pague antes del {due}. Se trata de estas entradas:",
        "it": "Non abbiamo ancora ricevuto {total}. Paghi entro il {due}. Si tratta di:",
    },
    LetterKind.EXPIRED: {
        "en": "The invoice was not paid, so these tickets are not valid any more:",
        "fr": "La facture n’a pas été payée ; ces billets ne sont donc plus valables :",
        "de": "Die Rechnung wurde nicht bezahlt; diese Tickets gelten daher nicht mehr:",
        "es": "La factura no se pagó, así que estas entradas ya no son válidas:",
        "it": "La fattura non è stata pagata, perciò questi biglietti non sono più validi:",
    },
    LetterKind.CANCELLED: {
        "en": "These tickets were cancelled and are not valid any more:",
        "fr": "Ces billets ont été annulés et ne sont plus valables :",
        "de": "Diese Tickets wurden storniert und gelten nicht mehr:",
        "es": "Estas entradas se han anulado y ya no son válidas:",
        "it": "Questi biglietti sono stati annullati e non sono più validi:",
    },
}
_GREETING = {"en": "Hello", "fr": "Bonjour", "de": "Guten Tag", "es": "Hola", "it": "Buongiorno"}


def write_letter(
    kind: LetterKind,
    order: Order,
    tickets: Sequence[SoldTicket],
    shows: Mapping[int, Performance],
    due: Instant | None = None,
) -> Letter:
    """Write a letter in its customer's language.

    Args:
        kind: What it is about.
        order: Whose customer gets it.
        tickets: Those that it names; at least one.
        shows: Their performances by scope.
        due: By when it must be paid; its day is told in the venue's time zone.
    """
    zone = shows[tickets[0].scope].zone
    words = {
        "number": str(order.number),
        "total": _money(sum(ticket.price for ticket in tickets)),
        "due": "" if due is None else _day(due, zone),
    }
    rows = [f"- {_row(ticket, shows[ticket.scope])}" for ticket in tickets]
    language = order.language
    greeting = f"{_GREETING[language]} {order.customer},"
    text = _TEXTS[kind][language].format(**words)
    return Letter(
        address=order.email,
        language=language,
        subject=_SUBJECTS[kind][language].format(**words),
        body="\n".join([greeting, "", text, *rows, ""]),
    )


def _money(cents: int) -> str:
    """Return an amount such as `1250.00`."""
    return f"{cents // 100}.{cents % 100:02d}"


def _row(ticket: SoldTicket, show: Performance) -> str:
    parts = [ticket.number, show.name, _day(show.start, show.zone), ticket.seat or ""]
    return ", ".join(part for part in parts if part)


def _day(instant: Instant, zone: str) -> str:
    return f"{local_time(instant, zone):%d.%m.%Y}"
