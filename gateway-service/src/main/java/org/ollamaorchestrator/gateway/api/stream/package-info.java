/** Streams of events to clients: framing, ending, and noticing that the client left. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.api.stream;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
