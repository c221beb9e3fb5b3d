"""Records in quarantine brought back by people: looked at, repaired, replayed through their inbox, or dropped.

    quarantine ─┐
                ├─▶ list, show ─▶ repair ─▶ replay ─▶ inbox.<institution>, and admission again
    acts ───────┘                   └─────────┴─────▶ acts

What is open follows from the acts alone. Only what came through an inbox can be replayed; see ``deciding``.
"""
