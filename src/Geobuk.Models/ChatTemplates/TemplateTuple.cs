namespace Geobuk.Models.ChatTemplates;

/// <summary>A list that prints with round brackets, as Python's tuples do: what items() gives, and what stands between commas.</summary>
internal sealed class TemplateTuple(IEnumerable<object?> items) : List<object?>(items);
