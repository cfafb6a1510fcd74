package org.ollamaorchestrator.gateway.store;

import java.time.Instant;
import java.util.UUID;
import org.ollamaorchestrator.gateway.security.Audit;

/**
 * A row of the audit.
 *
 * @param actor a key's name, or an address
 * @param subject what it was done to
 */
record AuditEvent(String id, Instant at, Audit.Event event, String actor, String subject) {

    static AuditEvent of(Audit.Event event, String actor, String subject, Instant at) {
        return new AuditEvent(UUID.randomUUID().toString(), at, event, actor, subject);
    }
}
