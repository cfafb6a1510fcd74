package org.ollamaorchestrator.gateway.store;

import java.time.Instant;
import java.util.Optional;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.SecretHash;

/** A key that an administrator has given out, and may have taken back. */
public record ManagedKey(ApiKey key, SecretHash hash, Instant created, Optional<Instant> revoked) {}
