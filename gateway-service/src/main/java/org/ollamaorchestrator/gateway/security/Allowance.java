package org.ollamaorchestrator.gateway.security;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What one key has used and may still use. Its lock guards a few sums and is held for no longer than to add them up:
 * requests of one key come on many event loops, and two that ask at once must not both get the last place.
 *
 * <p>A day's budget is crossed by one request and no more, however many run at the same time: a request is let in only if
 * all that run beside it, but the one that may use the most, still end within the budget whatever they use. So far below
 * the budget requests run side by side, and near its end one at a time.
 */
public final class Allowance {

    private static final Duration MINUTE = Duration.ofMinutes(1);
    private static final Duration SOON = Duration.ofSeconds(1);

    /** An answer takes some seconds, and gives back what it was not long enough to use. */
    private static final Duration AFTER_AN_ANSWER = Duration.ofSeconds(5);

    private final ApiKey.Limits limits;
    private final InstantSource clock;
    private final SlidingWindow requests;
    private final SlidingWindow tokens;
    private LocalDate day;
    private long tokensToday;
    private int running;

    /** Of today's requests without an end. */
    private final Reservations reservedToday = new Reservations();

    public Allowance(ApiKey.Limits limits, InstantSource clock) {
        this(limits, clock, LocalDate.EPOCH, 0);
    }

    /** @param tokensUsed on that day already, before the gateway was started */
    Allowance(ApiKey.Limits limits, InstantSource clock, LocalDate day, long tokensUsed) {
        this.limits = limits;
        this.clock = clock;
        this.requests = new SlidingWindow(limits.requestsPerMinute(), MINUTE);
        this.tokens = new SlidingWindow(limits.tokensPerMinute(), MINUTE);
        this.day = day;
        this.tokensToday = tokensUsed;
    }

    /** Whether a request may go on. */
    public sealed interface Answer {}

    /**
     * It may not.
     *
     * @param limit what is used up, in words
     * @param retryAfter until it may, if nothing else happens
     */
    public record Refused(String limit, Duration retryAfter) implements Answer {}

    /** It may, and has to be told of when it is over. */
    public final class Granted implements Answer {

        private final LocalDate grantedOn;
        private final SlidingWindow.Use use;
        private final OptionalLong most;
        private boolean over;

        private Granted(LocalDate grantedOn, SlidingWindow.Use use, OptionalLong most) {
            this.grantedOn = grantedOn;
            this.use = use;
            this.most = most;
        }

        /** What the request was said to use at most; {@link Long#MAX_VALUE} if nobody knew a bound. */
        public long tokensMost() {
            return most.orElse(Long.MAX_VALUE);
        }

        /** The request has its end; once. */
        public void over(long tokensUsed) {
            synchronized (Allowance.this) {
                if (over) {
                    return;
                }
                over = true;
                running--;
                tokens.correct(use, tokensUsed);
                if (grantedOn.equals(day)) {
                    reservedToday.remove(most);
                    tokensToday += tokensUsed;
                }
            }
        }
    }

    /**
     * @param tokensExpected of the prompt and the answer: counted in the minute until it is known how many there were
     * @param tokensMost how many it may be: kept free in the day's budget until then; empty if nobody knows a bound
     */
    public synchronized Answer ask(long tokensExpected, OptionalLong tokensMost) {
        Instant now = clock.instant();
        startDay(now);
        if (limits.concurrent() > 0 && running >= limits.concurrent()) {
            return new Refused("requests at the same time", SOON);
        }
        if (!requests.fits(1, now)) {
            return new Refused("requests per minute", atLeastSoon(requests.untilFits(1, now)));
        }
        if (!tokens.fits(tokensExpected, now)) {
            return new Refused("tokens per minute", atLeastSoon(tokens.untilFits(tokensExpected, now)));
        }
        boolean hasBudget = limits.tokensPerDay() > 0;
        long left = limits.tokensPerDay() - tokensToday;
        if (hasBudget && left <= 0) {
            return new Refused("tokens per day", untilTomorrow(now));
        }
        reservedToday.add(tokensMost);
        if (hasBudget && reservedToday.allButTheGreatest() >= left) {
            reservedToday.remove(tokensMost);
            return new Refused("tokens per day, should its running requests use all that they may", AFTER_AN_ANSWER);
        }
        running++;
        var ignored = requests.use(1, now);
        return new Granted(day, tokens.use(tokensExpected, now), tokensMost);
    }

    /** What is left, as the headers {@code x-ratelimit-…} that OpenAI's clients know; only of what is limited. */
    public synchronized Map<String, String> headers() {
        Instant now = clock.instant();
        var headers = new LinkedHashMap<String, String>();
        put(headers, "requests", requests, now);
        put(headers, "tokens", tokens, now);
        return headers;
    }

    private static void put(Map<String, String> headers, String what, SlidingWindow window, Instant now) {
        if (window.isLimited()) {
            headers.put("x-ratelimit-limit-" + what, String.valueOf(window.limit()));
            headers.put("x-ratelimit-remaining-" + what, String.valueOf(window.left(now)));
            headers.put("x-ratelimit-reset-" + what, window.untilEmpty(now).toSeconds() + "s");
        }
    }

    private void startDay(Instant now) {
        LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
        if (!today.equals(day)) {
            day = today;
            tokensToday = 0;
            reservedToday.clear();
        }
    }

    private static Duration untilTomorrow(Instant now) {
        LocalDate tomorrow = LocalDate.ofInstant(now, ZoneOffset.UTC).plusDays(1);
        return Duration.between(now, tomorrow.atStartOfDay().toInstant(ZoneOffset.UTC));
    }

    private static Duration atLeastSoon(Duration time) {
        return time.compareTo(SOON) < 0 ? SOON : time.plusMillis(999);
    }
}
