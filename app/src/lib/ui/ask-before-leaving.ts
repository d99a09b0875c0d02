import { beforeNavigate } from '$app/navigation';

/** For a component: asks before what is written and not saved is lost. */
export const askBeforeLeaving = (isChanged: () => boolean): void => {
  beforeNavigate((navigation) => {
    if (!isChanged()) return;
    // A page that is left for good can only be held by the browser's own question, which `cancel` brings up.
    if (navigation.willUnload || !confirm('Leave without saving? What you changed is lost.')) navigation.cancel();
  });
};
