package org.ollamaorchestrator.protocol.codec;

import org.ollamaorchestrator.protocol.CloseCode;

/** What a frame turned out to be. */
public sealed interface Decoded<M> {

    record Known<M>(M message) implements Decoded<M> {}

    /** A message of a later version: to be logged once per connection, and ignored. */
    record UnknownType<M>(String type) implements Decoded<M> {}

    /**
     * A frame that ends its connection.
     *
     * @param reason names the field at fault, never its content
     */
    record Malformed<M>(CloseCode code, String reason) implements Decoded<M> {}
}
