namespace Geobuk.Corpus.Sources;

/// <summary>One line of a file without its end.</summary>
internal readonly record struct ByteLine(long Offset, int Number, ReadOnlyMemory<byte> Bytes);
