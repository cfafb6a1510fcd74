package org.ollamaorchestrator.gateway.api.stream;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.Uni;
import io.vertx.core.http.HttpVersion;
import io.vertx.ext.web.RoutingContext;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jboss.resteasy.reactive.RestMulti;
import org.ollamaorchestrator.gateway.api.ErrorForms;
import org.ollamaorchestrator.gateway.jobs.JobDesk;
import org.ollamaorchestrator.gateway.jobs.JobFailedException;
import org.ollamaorchestrator.gateway.jobs.StreamItem;
import org.ollamaorchestrator.gateway.jobs.Terms;

/**
 * Runs requests and writes their answers, for all dialects: all that waits goes out in one write, a failure before the
 * first byte keeps its real HTTP status, one after it becomes the dialect's own last word, and a client that leaves
 * cancels its job, whatever form it asked for.
 */
@Singleton
public class AnswerWriter {

    private static final int OK = 200;

    private final JobDesk jobs;
    private final Admission admission;
    private final ErrorForms forms;

    AnswerWriter(JobDesk jobs, Admission admission, ErrorForms forms) {
        this.forms = forms;
        this.jobs = jobs;
        this.admission = admission;
    }

    /**
     * To be returned by a resource method without {@code @Produces}.
     *
     * @return fails with {@link JobFailedException} as long as no byte was written
     */
    public RestMulti<byte[]> write(Uni<Answering> request, RoutingContext context) {
        ClientConnection client = ClientConnection.of(context, forms.dialectOf(context.normalizedPath()));
        boolean http1 = context.request().version() == HttpVersion.HTTP_1_1;
        RequestTerms terms = RequestTerms.of(context);
        AnsweringAgent.nameInHead(context, client);
        return RestMulti.fromUniResponse(
                request,
                wanted -> StraightWriting.to(context.response(), bytes(wanted, terms, client, context)),
                wanted -> wanted.allHeaders(http1),
                wanted -> OK);
    }

    private Multi<byte[]> bytes(Answering wanted, RequestTerms asked, ClientConnection client, RoutingContext context) {
        if (client.isClosed()) {
            return Multi.createFrom().empty();
        }
        // Only who is answered is let in: what is admitted has to come to an end.
        return Multi.createFrom()
                .deferred(() -> answer(wanted, admission.admit(wanted.job(), asked, context, client), client));
    }

    private Multi<byte[]> answer(Answering wanted, Terms terms, ClientConnection client) {
        return switch (wanted.form()) {
            case Answering.Events(var dialect) -> streamed(jobs.submit(wanted.job(), terms, client), dialect);
            case Answering.Lines(var contentType, var dialect) ->
                streamed(jobs.submit(wanted.job(), terms, client), dialect);
            case Answering.Whole(var answer) -> inOnePiece(jobs.submit(wanted.job(), terms, client), answer);
        };
    }

    private static Multi<byte[]> streamed(Multi<StreamItem> answer, EventDialect dialect) {
        var begun = new AtomicBoolean();
        return answer.onItem()
                .transform(item -> bytes(item, dialect))
                .select()
                .where(bytes -> bytes.length > 0)
                .onItem()
                .invoke(() -> begun.set(true))
                .onCompletion()
                .continueWith(lazily(dialect::end))
                .onFailure(failure -> failure instanceof JobFailedException && begun.get())
                .recoverWithItem(failure -> dialect.failure(((JobFailedException) failure).failure()));
    }

    private static byte[] bytes(StreamItem item, EventDialect dialect) {
        return switch (item) {
            case StreamItem.Lines(var lines) -> dialect.events(lines);
            case StreamItem.Silence silence -> dialect.keepAlive();
            case StreamItem.InQueue(int position, var expected) -> dialect.inQueue(position, expected);
        };
    }

    /** An answer in one piece has nothing to fill a silence with. */
    private static List<List<String>> linesOf(StreamItem item) {
        return switch (item) {
            case StreamItem.Lines(var lines) -> List.of(lines);
            case StreamItem.Silence silence -> List.of();
            case StreamItem.InQueue inQueue -> List.of();
        };
    }

    private static Multi<byte[]> inOnePiece(Multi<StreamItem> items, WholeAnswer answer) {
        return items.onItem()
                .transformToIterable(AnswerWriter::linesOf)
                .collect()
                .in(() -> answer, WholeAnswer::add)
                .map(WholeAnswer::body)
                .toMulti();
    }

    private static Supplier<Iterable<byte[]>> lazily(Supplier<byte[]> item) {
        return () -> {
            byte[] bytes = item.get();
            return bytes.length == 0 ? List.of() : List.of(bytes);
        };
    }
}
