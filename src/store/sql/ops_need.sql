SELECT t.connection, t.id, t.item, t.kind, t.state, t.owner, t.lead_days, t.due_stage, t.evidence, t.note
FROM ops_need t
