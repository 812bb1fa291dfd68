namespace Geobuk.Training.Native;

/// <summary>One imported symbol that an older libstdc++ lacks, and what to ask for instead.</summary>
/// <param name="Symbol">Mangled name that the library imports.</param>
/// <param name="MissingVersion">Version it is asked under.</param>
/// <param name="Replacement">Mangled name with the same effect, not longer than <paramref name="Symbol"/>.</param>
/// <param name="AvailableVersion">Version to ask it under; the library must already need it for something.</param>
internal sealed record SymbolPatch(string Symbol, string MissingVersion, string Replacement, string AvailableVersion);
