namespace Geobuk.Models.ChatTemplates;

/// <summary>Gives a value to one name, or the items of a list to several.</summary>
internal static class Unpacking
{
    public static void Bind(RenderContext context, int line, IReadOnlyList<string> targets, object? value)
    {
        if (targets.Count == 1)
        {
            context.Set(targets[0], value);
            return;
        }
        var items = TemplateAccess.Items(context, line, value);
        if (items.Count != targets.Count) throw context.Fail(line, $"{items.Count} values are given to {targets.Count} names", "one value per name");
        for (var i = 0; i < targets.Count; i++) context.Set(targets[i], items[i]);
    }
}
