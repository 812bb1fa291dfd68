namespace Geobuk.Samples.Generator;

/// <summary>A paragraph (항) and its numbered items (호).</summary>
internal sealed record Clause(string Text, string[] Items);
