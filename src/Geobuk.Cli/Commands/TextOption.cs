using System.Text;
using Geobuk.Models;

namespace Geobuk.Cli.Commands;

/// <summary>Text given on the command line or in a file.</summary>
internal static class TextOption
{
    /// <exception cref="UserInputException">Neither or both are given, or the file is missing or not UTF-8.</exception>
    public static string Read(string? text, string? file)
    {
        if (text is not null && file is null) return text;
        if (file is null || text is not null) throw new UserInputException("--text and --file: expected exactly one of them. Give the text, or the file that holds it.");
        return ReadFile(file);
    }

    /// <summary>A UTF-8 file.</summary>
    public static string ReadFile(string file)
    {
        if (!File.Exists(file)) throw new UserInputException($"{file}: no such file; expected a UTF-8 text file. Check the path.");
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(File.ReadAllBytes(file)).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException fault)
        {
            throw new UserInputException($"{file}: not UTF-8 at byte {fault.Index}; expected a UTF-8 text file. Convert it, for example with iconv -f CP949 -t UTF-8.", fault);
        }
    }
}
