/** What an operator sees from outside: metrics, traces, and the line that each request leaves in the log. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.observability;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
