/** @file The colours that components write with: none where the person wants none. */
import picocolors from "picocolors";
import { createContext, useContext } from "react";
import type { Colors } from "../terminal.js";

export const ColorsContext = createContext<Colors>(picocolors.createColors(false));

export const useColors = () => useContext(ColorsContext);
