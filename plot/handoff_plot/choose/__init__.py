"""Which trials count, which points stand beside each other, and their numbers and words: nothing is drawn here."""
