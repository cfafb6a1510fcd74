package org.ollamaorchestrator.gateway.api.stream;

import io.smallrye.mutiny.Multi;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.ollamaorchestrator.gateway.jobs.JobDesk;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.gateway.jobs.JobRequest;

/** A job's lines as a dialect's bytes, the same for events and for lines. */
final class AnswerPipe {

    private AnswerPipe() {}

    /** A failure stays one as long as no byte was written; after that it is the dialect's last word. */
    static Multi<byte[]> of(JobDesk jobs, JobRequest job, ClientConnection client, EventDialect dialect) {
        if (client.isClosed()) {
            return Multi.createFrom().empty();
        }
        var begun = new AtomicBoolean();
        return jobs.submit(job, client)
                .onItem()
                .transform(lines -> lines.isEmpty() ? dialect.keepAlive() : dialect.events(lines))
                .select()
                .where(bytes -> bytes.length > 0)
                .onItem()
                .invoke(() -> begun.set(true))
                .onCompletion()
                .continueWith(lazily(dialect::end))
                .onFailure(failure -> failure instanceof JobFailedException && begun.get())
                .recoverWithItem(failure -> dialect.failure(((JobFailedException) failure).failure()));
    }

    private static Supplier<Iterable<byte[]>> lazily(Supplier<byte[]> item) {
        return () -> {
            byte[] bytes = item.get();
            return bytes.length == 0 ? List.of() : List.of(bytes);
        };
    }
}
