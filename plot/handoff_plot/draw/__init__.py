"""What every picture is made of: pages, axes, lines, rows, heat maps, captions. No family is named here."""
