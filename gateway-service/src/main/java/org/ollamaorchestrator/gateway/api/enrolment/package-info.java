/** Where an agent gets its own token. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.api.enrolment;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
