/** What an operator sees of the agent's jobs from outside: traces. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.agent.observability;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
