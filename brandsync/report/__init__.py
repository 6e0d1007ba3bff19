"""How results are shown: tables on a terminal, plain lines without one, or JSON."""
