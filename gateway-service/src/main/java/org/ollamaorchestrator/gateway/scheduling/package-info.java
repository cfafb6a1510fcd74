/** Which agent runs which job, and how each job ends. No token passes through here. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.scheduling;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
