-- For reports of what everybody used within a time.
CREATE INDEX usage_ledger_by_time ON usage_ledger (finished);
