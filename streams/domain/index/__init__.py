"""The compiled index behind live matches: whole-number weights of terms, updated event by event, searched exactly.

vocabulary   terms ↔ numbers
lists        growable runs of (number, weight) in one pool: by term (postings) and by slot (texts)
search       sums of products over postings, and the best slots without reading all of them
"""
