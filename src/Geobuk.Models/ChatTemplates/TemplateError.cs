namespace Geobuk.Models.ChatTemplates;

/// <summary>Errors of templates, all in the same form.</summary>
internal static class TemplateError
{
    /// <summary>An error at a line of a template.</summary>
    public static UserInputException At(string place, int line, string found, string expected = "a chat template in the supported Jinja subset") =>
        new($"{place}:{line}: {found}; expected {expected}. Correct the template or use another one.");
}
