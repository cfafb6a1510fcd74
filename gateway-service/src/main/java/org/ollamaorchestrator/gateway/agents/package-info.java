/** The agents' connections: who is connected, in which state, and what each says. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.agents;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
