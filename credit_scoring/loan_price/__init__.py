"""The price of the loan applied for: its term and interest rate, implied by credit and annuity."""
