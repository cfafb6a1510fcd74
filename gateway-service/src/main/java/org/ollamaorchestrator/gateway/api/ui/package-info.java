/** What the web UI needs beside the other APIs: its files, who is signed in, and the fleet as it changes. */
@NullMarked
@CheckReturnValue
package org.ollamaorchestrator.gateway.api.ui;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
