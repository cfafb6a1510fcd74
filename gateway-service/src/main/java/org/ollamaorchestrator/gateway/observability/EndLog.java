package org.ollamaorchestrator.gateway.observability;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Level;
import org.jboss.logmanager.Logger;
import org.ollamaorchestrator.gateway.jobs.Ledger;

/**
 * One line for each request that has its end. A person reads its text; where the log is JSON, its fields are {@link LogKeys}.
 */
@Singleton
final class EndLog implements Ledger {

    private static final Logger LOG = Logger.getLogger(EndLog.class.getName());

    /** In the place of a name that nobody gave. */
    private static final String NOBODY = "-";

    private final KnownNames names;

    EndLog(KnownNames names) {
        this.names = names;
    }

    @Override
    public void ended(Entry entry) {
        if (!LOG.isLoggable(Level.INFO)) {
            return;
        }
        Map<String, String> fields = fields(entry);
        var line = new ExtLogRecord(Level.INFO, text(entry, fields), EndLog.class.getName());
        line.setLoggerName(LOG.getName());
        fields.forEach(line::putMdc);
        LOG.logRaw(line);
    }

    private static String text(Entry entry, Map<String, String> fields) {
        String rest = fields.entrySet().stream()
                .filter(field ->
                        !field.getKey().equals(LogKeys.JOB) && !field.getKey().equals(LogKeys.END))
                .map(field -> field.getKey() + " " + field.getValue())
                .collect(Collectors.joining(", "));
        return "job " + entry.id() + " ended: " + entry.end() + ", " + rest;
    }

    /** What a client called a model that nobody has is not for the log. */
    private Map<String, String> fields(Entry entry) {
        var fields = new LinkedHashMap<String, String>();
        fields.put(LogKeys.JOB, entry.id().value());
        fields.put(LogKeys.END, entry.end());
        fields.put(LogKeys.REQUEST, entry.requestId());
        fields.put(LogKeys.DIALECT, entry.dialect());
        fields.put(LogKeys.OPERATION, entry.operation().wireName());
        fields.put(LogKeys.KEY, entry.key().isEmpty() ? NOBODY : entry.key());
        fields.put(LogKeys.AGENT, entry.agent().map(agent -> agent.value()).orElse(NOBODY));
        putMillis(fields, LogKeys.QUEUED_MILLIS, entry.queued());
        putMillis(fields, LogKeys.LOAD_MILLIS, entry.load());
        putMillis(fields, LogKeys.FIRST_LINE_MILLIS, entry.firstLine());
        putMillis(fields, LogKeys.DURATION_MILLIS, Optional.of(entry.duration()));
        fields.put(LogKeys.PROMPT_TOKENS, Long.toString(entry.usage().promptTokens()));
        fields.put(LogKeys.ANSWER_TOKENS, Long.toString(entry.usage().answerTokens()));
        fields.put(LogKeys.EXACT, Boolean.toString(entry.usage().exact()));
        fields.put(LogKeys.MODEL, names.model(entry.model()));
        return fields;
    }

    private static void putMillis(Map<String, String> fields, String key, Optional<Duration> time) {
        time.ifPresent(value -> fields.put(key, Long.toString(value.toMillis())));
    }
}
