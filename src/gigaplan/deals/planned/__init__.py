"""Project companies of a plan: what they cost and earn, whose money, on what terms."""
