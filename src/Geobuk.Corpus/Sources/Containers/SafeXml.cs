using System.Runtime.InteropServices;
using System.Xml;

namespace Geobuk.Corpus.Sources.Containers;

/// <summary>XML without document types, entities from outside or endless nesting.</summary>
internal static class SafeXml
{
    /// <summary>A reader over <paramref name="bytes"/>; wrap its use in <see cref="Guard{T}"/>.</summary>
    public static XmlReader Open(ReadOnlyMemory<byte> bytes, DtdProcessing documentTypes = DtdProcessing.Prohibit)
    {
        var settings = new XmlReaderSettings
        {
            DtdProcessing = documentTypes,
            XmlResolver = null,
            IgnoreComments = true,
            IgnoreProcessingInstructions = true,
            CheckCharacters = false,
            MaxCharactersInDocument = ReadLimits.Characters,
            MaxCharactersFromEntities = 1024,
            CloseInput = true,
        };
        var segment = MemoryMarshal.TryGetArray(bytes, out var array) ? array : new ArraySegment<byte>(bytes.ToArray());
        return XmlReader.Create(new MemoryStream(segment.Array!, segment.Offset, segment.Count, writable: false), settings);
    }

    /// <summary>Moves on and refuses what is nested too deep. False at the end.</summary>
    public static bool Next(XmlReader reader, string path)
    {
        if (!reader.Read()) return false;
        if (reader.Depth > ReadLimits.ElementDepth)
            throw new RefusedDocumentException(RefusalReason.TooDeep, $"{path}: elements nested {reader.Depth} deep; expected at most {ReadLimits.ElementDepth}. Do not use it.");
        return true;
    }

    /// <summary>Runs <paramref name="read"/>; what is wrong with the XML becomes a refusal that names the file.</summary>
    public static T Guard<T>(string path, string part, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (XmlException e)
        {
            var reason = e.Message.Contains("DTD", StringComparison.Ordinal) ? RefusalReason.DocumentType : RefusalReason.Damaged;
            throw new RefusedDocumentException(reason, $"{path}: {part}: {e.Message.TrimEnd('.')}; expected XML without a document type. Save the document again.", e);
        }
        catch (Exception e) when (e is ArgumentException or System.Text.DecoderFallbackException or NotSupportedException)
        {
            throw new RefusedDocumentException(RefusalReason.Damaged, $"{path}: {part}: {e.Message.TrimEnd('.')}; expected XML in a known encoding. Save the document again.", e);
        }
    }
}
