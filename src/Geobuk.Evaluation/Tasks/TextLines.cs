using System.Text;
using Geobuk.Models;

namespace Geobuk.Evaluation.Tasks;

/// <summary>Lines of a UTF-8 file with their numbers; bytes that are not UTF-8 are the user's error, never replaced.</summary>
internal static class TextLines
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The whole text without a byte order mark.</summary>
    public static string ReadAll(string path)
    {
        if (!File.Exists(path))
            throw new UserInputException($"{path}: the file does not exist; expected a text file. Correct the path.");
        var bytes = File.ReadAllBytes(path);
        var start = bytes.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
        try
        {
            return Strict.GetString(bytes, start, bytes.Length - start);
        }
        catch (DecoderFallbackException fault)
        {
            var line = 1 + bytes.AsSpan(0, start + Math.Max(0, fault.Index)).Count((byte)'\n');
            var found = string.Join(' ', (fault.BytesUnknown ?? []).Select(b => b.ToString("X2")));
            throw new UserInputException($"{path}:{line}: the bytes {found} are not UTF-8; expected UTF-8 text. Convert the file.", fault);
        }
    }

    /// <summary>Number (from 1) and text of every line that is not blank.</summary>
    public static IEnumerable<(int Number, string Text)> Read(string path)
    {
        var number = 0;
        foreach (var line in ReadAll(path).Split('\n'))
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line)) yield return (number, line.TrimEnd('\r'));
        }
    }
}
