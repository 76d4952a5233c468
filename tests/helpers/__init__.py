"""What several test modules share: sample answers, gradebooks, references, error budgets."""
