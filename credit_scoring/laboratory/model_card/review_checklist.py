"""The last section of the model card: what a person must review, in Markdown."""

REVIEW_CHECKLIST = """\
## What a person must review

The figures above settle none of the following. The lender who uses the model is responsible for it.

Before use, for the technical documentation of a high-risk system (Regulation (EU) 2024/1689,
Annex III 5(b), Annex IV):

- [ ] The intended purpose, the persons affected and the lender's limits of use are written down
  (Annex IV, 1).
- [ ] Data: where they come from, how they were chosen and labelled, whether they fit the lender's
  applicants (2 d).
- [ ] Human oversight: who may override a decision, with what information, and that this works
  (2 e; Art. 14).
- [ ] Figures: whether accuracy and the differences between groups are good enough for this use
  (2 g; 3).
- [ ] Risks to applicants and the measures against them (5), changes after the start (6),
  monitoring afterwards (9).
- [ ] Decisions are logged, and kept as long as the law requires (Art. 12, 19).

For every refusal in the United States (Regulation B, 12 CFR 1002.9):

- [ ] The applicant receives the specific principal reasons, not "score below the cut-off"; someone
  has read the app's reasons and finds them true and clear.
- [ ] Whether any input is a proxy for a prohibited basis (12 CFR 1002.4, 1002.6), in addition to
  the figures by group above.

For every applicant in the European Union (GDPR, Art. 15 and 22; C-634/21; C-203/22):

- [ ] The applicant can have a person decide, express a point of view and contest the decision.
- [ ] The applicant can have the procedure that was actually applied explained in plain words.

Model risk: someone other than the builder of the model has validated it, and it is in the
inventory.
"""
