package org.ollamaorchestrator.gateway.api.stream;

import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.operators.multi.AbstractMultiOperator;
import io.smallrye.mutiny.operators.multi.MultiOperatorProcessor;
import io.smallrye.mutiny.subscription.MultiSubscriber;
import io.vertx.core.AsyncResult;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;

/**
 * Hands on the first item of an answer, with which its head goes out, and writes those that follow to the client itself.
 *
 * <p>For each item of a stream quarkus-rest looks up who can write such a thing, and has it wrapped in two futures; these are
 * bytes, and each of them is a token that somebody waits for. All else is left to it: the head, a failure instead of one,
 * the end, and noticing that the client left. Like it, the next item is asked for once the connection has taken this one.
 */
final class StraightWriting extends AbstractMultiOperator<byte[], byte[]> {

    private final HttpServerResponse response;

    private StraightWriting(Multi<byte[]> items, HttpServerResponse response) {
        super(items);
        this.response = response;
    }

    /** @param response to which the first item's receiver writes too, on the same event loop */
    static Multi<byte[]> to(HttpServerResponse response, Multi<byte[]> items) {
        return new StraightWriting(items, response);
    }

    @Override
    public void subscribe(MultiSubscriber<? super byte[]> downstream) {
        upstream().subscribe().withSubscriber(new Writer(downstream, response));
    }

    private static final class Writer extends MultiOperatorProcessor<byte[], byte[]> {

        private final HttpServerResponse response;
        private boolean begun;

        Writer(MultiSubscriber<? super byte[]> downstream, HttpServerResponse response) {
            super(downstream);
            this.response = response;
        }

        @Override
        public void onItem(byte[] item) {
            if (!begun) {
                begun = true;
                super.onItem(item);
            } else if (!isCancelled()) {
                response.write(Buffer.buffer(item)).onComplete(this::written);
            }
        }

        private void written(AsyncResult<Void> written) {
            if (written.succeeded()) {
                request(1);
            } else {
                // The client is gone, or was sent away: there is nobody to tell.
                cancel();
            }
        }
    }
}
