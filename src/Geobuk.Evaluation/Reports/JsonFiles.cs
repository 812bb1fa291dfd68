using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Unicode;
using Geobuk.Models;
using Geobuk.Models.Checkpoints;

namespace Geobuk.Evaluation.Reports;

/// <summary>JSON as the project writes it: snake_case, Hangul unescaped, whole files only.</summary>
internal static class JsonFiles
{
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DictionaryKeyPolicy = null,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
        DefaultIgnoreCondition = JsonIgnoreCondition.Never,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
    };

    public static void Write<T>(string path, T value) => AtomicFile.WriteText(path, JsonSerializer.Serialize(value, Options) + "\n");

    /// <summary>The value in the file.</summary>
    /// <exception cref="UserInputException">The file is absent or its content is of another form.</exception>
    public static T Read<T>(string path)
    {
        if (!File.Exists(path)) throw new UserInputException($"{path}: the file does not exist; expected a step's output. Run the step again.");
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllText(path), Options) ?? throw new JsonException("the file holds null");
        }
        catch (JsonException fault)
        {
            throw new UserInputException($"{path}: {fault.Message}; expected {typeof(T).Name}. Run the step again.", fault);
        }
    }
}
