/** The one WebSocket to the gateway: dialled, kept alive, lost, dialled again. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.agent.connection;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
