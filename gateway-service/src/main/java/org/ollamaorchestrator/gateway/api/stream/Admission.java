package org.ollamaorchestrator.gateway.api.stream;

import io.quarkus.arc.All;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jboss.logging.Logger;
import org.ollamaorchestrator.gateway.GatewayConfig;
import org.ollamaorchestrator.gateway.api.Callers;
import org.ollamaorchestrator.gateway.api.ClientErrorException;
import org.ollamaorchestrator.gateway.jobs.Account;
import org.ollamaorchestrator.gateway.jobs.Client;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.gateway.jobs.JobRequest;
import org.ollamaorchestrator.gateway.jobs.JobUsage;
import org.ollamaorchestrator.gateway.jobs.Ledger;
import org.ollamaorchestrator.gateway.jobs.Terms;
import org.ollamaorchestrator.gateway.scheduling.Priority;
import org.ollamaorchestrator.gateway.scheduling.Share;
import org.ollamaorchestrator.gateway.security.Allowance;
import org.ollamaorchestrator.gateway.security.Allowances;
import org.ollamaorchestrator.gateway.security.ApiKey;
import org.ollamaorchestrator.gateway.security.ApiKeys;
import org.ollamaorchestrator.gateway.security.ClientAddresses;
import org.ollamaorchestrator.gateway.security.Denials;
import org.ollamaorchestrator.protocol.JobFailure;
import org.ollamaorchestrator.protocol.ModelName;

/** Lets a request in, within what its key may use and what the owner allows anybody; says no in time, and why. */
@Singleton
public class Admission {

    private static final Logger LOG = Logger.getLogger(Admission.class);

    private final GatewayConfig config;
    private final ApiKeys keys;
    private final List<Ledger> ledgers;
    private final Allowances allowances;
    private final Denials denials;
    private final ClientAddresses addresses;

    Admission(
            GatewayConfig config,
            ApiKeys keys,
            @All List<Ledger> ledgers,
            Allowances allowances,
            Denials denials,
            ClientAddresses addresses) {
        this.ledgers = List.copyOf(ledgers);
        this.config = config;
        this.keys = keys;
        this.allowances = allowances;
        this.denials = denials;
        this.addresses = addresses;
    }

    private record KeyAccount(ApiKeys keys, ApiKey key, ModelName model, Allowance.Granted granted) implements Account {

        @Override
        public void used(JobUsage usage) {
            if (key.limits().tokensPerDay() > 0 && usage.tokens() > granted.tokensMost()) {
                LOG.warnf(
                        "a request of key %s to model %s was counted as %d tokens, and taken to use %d at most: the"
                                + " key may exceed its day's budget by as much",
                        key.name(), model, usage.tokens(), granted.tokensMost());
            }
            granted.over(usage.tokens());
        }

        @Override
        public boolean isRevoked() {
            return !keys.isValid(key);
        }
    }

    /**
     * @return the terms, with an account that has to be told of the request's end
     * @throws ClientErrorException for what nobody, or not this key, may ask for
     * @throws JobFailedException if the key has used up what it may
     */
    Terms admit(JobRequest request, RequestTerms wanted, RoutingContext context, Client client) {
        checkBounds(request);
        Optional<Duration> within = shorter(wanted.within(), config.limits().jobTime());
        Optional<ApiKey> key = Callers.of(context);
        if (key.isEmpty()) {
            Share share = Share.anonymous(wanted.priority().orElse(Priority.NORMAL));
            return new Terms(share, within, wanted.tellsPosition(), Account.NONE);
        }
        return new Terms(
                share(key.get(), wanted), within, wanted.tellsPosition(), account(key.get(), request, context, client));
    }

    private void checkBounds(JobRequest request) {
        config.limits().numCtx().ifPresent(max -> {
            if (request.contextLength().orElse(0) > max) {
                throw ClientErrorException.badField("options.num_ctx", "is more than " + max + ", the most here");
            }
        });
        config.limits().promptBytes().ifPresent(max -> {
            if (request.prompt().bytes() > max.asLongValue()) {
                throw ClientErrorException.badRequest(
                        "the prompt is longer than " + max.asLongValue() + " bytes, the most here");
            }
        });
    }

    /** A key's own priority is the highest that its requests can ask for. */
    private static Share share(ApiKey key, RequestTerms wanted) {
        Priority asked = wanted.priority().orElse(key.priority());
        Priority priority = asked.isBefore(key.priority()) ? key.priority() : asked;
        return new Share(key.name(), key.weight(), priority, key.waitingMax());
    }

    private Account account(ApiKey key, JobRequest request, RoutingContext context, Client client) {
        if (!key.mayUse(request.model())) {
            String address = addresses.of(context.request()).getHostAddress();
            denials.deny(
                    Denials.Reason.MODEL_NOT_ALLOWED,
                    key.name(),
                    "from " + address + ": " + request.model().canonical());
            throw ClientErrorException.forbidden("this API key may not use the model \"%s\""
                    .formatted(request.model().written()));
        }
        Allowance allowance = allowances.of(key);
        Allowance.Answer answer = allowance.ask(request.tokensExpected(), request.tokensMax());
        allowance.headers().forEach(context.response()::putHeader);
        return switch (answer) {
            case Allowance.Granted granted -> new KeyAccount(keys, key, request.model(), granted);
            case Allowance.Refused(String limit, Duration retryAfter) -> {
                var why = new JobFailure.LimitReached(limit, retryAfter);
                ledgers.forEach(ledger -> ledger.refused(why, client.dialect()));
                throw new JobFailedException(why);
            }
        };
    }

    private static Optional<Duration> shorter(Optional<Duration> one, Optional<Duration> other) {
        return one.isPresent() && other.isPresent()
                ? Optional.of(one.get().compareTo(other.get()) <= 0 ? one.get() : other.get())
                : one.or(() -> other);
    }
}
