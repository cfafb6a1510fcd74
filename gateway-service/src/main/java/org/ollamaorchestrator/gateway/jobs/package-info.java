/** A client's request from its arrival to its end, and the path of its tokens. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.jobs;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
